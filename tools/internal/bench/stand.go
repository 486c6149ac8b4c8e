package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/service"
)

const (
	// minFloors is how often the disk is measured at least.
	minFloors = 3
	// maxConnections is how many connections share the work.
	maxConnections = 2
)

// stand is a benchmark at work.
type stand struct {
	Setting

	// dir holds everything, and is removed at the end.
	dir    string
	floors []float64
	// local tells whether the server's process and folder are known.
	local bool
	// usage of the server's process in each run, where it is known.
	usage []service.Usage
}

// onStand has do measure, and removes the data.
func onStand(setting Setting, do func(*stand) error) (err error) {
	dir, err := os.MkdirTemp(setting.Dir, "sluice-bench-")
	if err != nil {
		return fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return do(&stand{Setting: setting, dir: dir})
}

// repeat has run measure each thing once for each run, with the floor before.
func (s *stand) repeat(ctx context.Context, run func(context.Context) error) error {
	for i := range max(s.Runs, minFloors) {
		value, err := s.Floor(ctx, s.dir)
		if err != nil {
			return err
		}
		s.floors = append(s.floors, value)
		s.Log("floor %d: %.0f MB/s", len(s.floors), value)
		if i >= s.Runs {
			continue
		}
		if err := run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// withServer runs do against a server with an empty data folder, and then
// stopped, unless it is nil, on what the stopped server left there.
func (s *stand) withServer(ctx context.Context, do func(context.Context, Server) error, stopped func(dir string) error) (err error) {
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return fmt.Errorf("make a data folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	server, err := s.Target.Start(ctx, data)
	if err != nil {
		return err
	}
	if err := errors.Join(do(ctx, server), server.Stop()); err != nil || stopped == nil {
		return err
	}
	return stopped(data)
}

// noteUsage takes down what the server's process has used in a run.
func (s *stand) noteUsage(server Server) error {
	usage, known, err := server.Usage()
	if err != nil {
		return err
	}
	s.local = known
	if known {
		s.usage = append(s.usage, usage)
	}
	return nil
}

// usageFigures are the CPU time and the memory of the server's process, where
// they are known.
func (s *stand) usageFigures(of string) []Figure {
	if !s.local {
		return nil
	}
	var cpu, rss []float64
	for _, usage := range s.usage {
		cpu = append(cpu, usage.CPU.Seconds())
		rss = append(rss, float64(usage.PeakRSS)/(1<<20))
	}
	return []Figure{newFigure(of+"_server_cpu", "s", cpu), newFigure(of+"_server_rss", "MiB", rss)}
}

func (s *stand) floorFigure() Figure { return newFigure("floor_dd", "MB/s", s.floors) }

func closeAll(clients []*client.StreamingClient) error {
	var errs []error
	for _, c := range clients {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
