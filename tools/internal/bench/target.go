package bench

import (
	"context"

	"github.com/sluice-ingest/sluice/tools/internal/service"
)

// Target is a server to measure.
type Target interface {
	// Start returns a server that keeps its data below dir, which is empty.
	Start(ctx context.Context, dir string) (Server, error)
}

// Server is a running server.
type Server interface {
	Addr() string
	// Usage is what the server has taken so far. ok is false for a server whose
	// process is not known.
	Usage() (u service.Usage, ok bool, err error)
	Stop() error
}

// Local starts a service's executable for each run.
type Local struct {
	Executable string
	// Flags of the service beside its addresses and its data folder.
	Flags []string
}

// Start runs the service on free ports of the loopback interface.
func (l Local) Start(ctx context.Context, dir string) (Server, error) {
	flags := append([]string{"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", dir}, l.Flags...)
	process, err := service.Start(ctx, l.Executable, flags...)
	if err != nil {
		return nil, err
	}
	return localServer{process}, nil
}

type localServer struct{ *service.Process }

func (s localServer) Usage() (service.Usage, bool, error) {
	usage, err := s.Process.Usage()
	return usage, true, err
}

// Remote is a server that runs already. Its data folder grows with each run,
// and nothing is known of its process.
type Remote struct{ Address string }

// Start returns the server.
func (r Remote) Start(context.Context, string) (Server, error) { return r, nil }

// Addr is the server's address.
func (r Remote) Addr() string { return r.Address }

// Usage is not known.
func (Remote) Usage() (service.Usage, bool, error) { return service.Usage{}, false, nil }

// Stop leaves the server running.
func (Remote) Stop() error { return nil }
