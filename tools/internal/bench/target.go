package bench

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/tools/internal/service"
)

// Local starts the service's executable for each run.
type Local struct {
	Executable string
	// MaxFileSize in bytes that the service is to take.
	MaxFileSize int64
}

// Start runs the service on free ports of the loopback interface.
func (l Local) Start(ctx context.Context, dir string) (Server, error) {
	process, err := service.Start(ctx, l.Executable,
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
		"--data-dir", dir, "--max-file-size", fmt.Sprint(l.MaxFileSize))
	if err != nil {
		return nil, err
	}
	return localServer{process}, nil
}

// LocalCollector starts the collector's executable for each run.
type LocalCollector struct{ Executable string }

// Start runs the service on free ports of the loopback interface.
func (l LocalCollector) Start(ctx context.Context, dir string) (Server, error) {
	process, err := service.Start(ctx, l.Executable,
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", dir)
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
