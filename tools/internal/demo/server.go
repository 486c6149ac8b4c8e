package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/service"
)

// server is a service that the demo runs in a folder of its own, and a
// connection to it.
type server struct {
	// name for people.
	name            string
	executable, dir string
	flags           []string

	process *service.Process
	client  *client.StreamingClient
}

// start runs the service on free ports and connects to it.
func (s *server) start(ctx context.Context) error {
	if err := s.startAt(ctx, "127.0.0.1:0"); err != nil {
		return err
	}
	var err error
	s.client, err = client.NewStreamingClient(s.process.Addr())
	return err
}

func (s *server) startAt(ctx context.Context, addr string) (err error) {
	flags := append([]string{"--listen", addr, "--admin-listen", "127.0.0.1:0", "--data-dir", s.dir}, s.flags...)
	s.process, err = service.Start(ctx, s.executable, flags...)
	return err
}

// restart kills the service and starts it on the same folder and port.
func (s *server) restart(ctx context.Context) error {
	addr := s.process.Addr()
	s.process.Kill()
	return s.startAt(ctx, addr)
}

// close stops the service.
func (s *server) close() error {
	var errs []error
	if s.client != nil {
		errs = append(errs, s.client.Close())
	}
	if s.process != nil {
		errs = append(errs, s.process.Stop())
	}
	return errors.Join(errs...)
}

// startStep starts a service and tells where it is.
func (d *demo) startStep(s *server) step {
	return step{"Start the " + s.name, func(ctx context.Context) (string, error) {
		if err := s.start(ctx); err != nil {
			return "", err
		}
		d.stage.detailf("address", "%s", s.process.Addr())
		d.stage.detailf("data", "%s", s.dir)
		return fmt.Sprintf("the %s serves as process %d", s.name, s.process.Pid()), nil
	}}
}
