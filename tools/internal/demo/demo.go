// Package demo shows what Sluice does: it runs the file service and the
// collector in a folder of its own, sends them good and bad files and data
// points, kills each in the middle of a stream, and checks after each step that
// everything went as it must.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/service"
)

const (
	maxFileSize     = "256MiB"
	checkpointBytes = "8MiB"
)

// Config is what the demo needs of its surroundings.
type Config struct {
	// Executable of the file service, and Collector that of the collector.
	Executable, Collector string
	// Out gets the story. Draw says that it is a terminal, on which progress
	// bars are drawn, and Colour that it wants colours.
	Out          io.Writer
	Draw, Colour bool
	Now          func() time.Time
}

// demo is one run.
type demo struct {
	Config
	stage *stage
	// dir holds everything: the files to send, the service's data, and what
	// comes back.
	dir     string
	process *service.Process
	client  *client.StreamingClient
	// resumed is the receipt of the upload that was cut, and checksum what it
	// must have.
	resumed  *client.Receipt
	checksum string

	// collector and points are the process of the collector and the connection
	// to it.
	collector *service.Process
	points    *client.StreamingClient
	// sent is the result of the points with the bad ones among them.
	sent *client.SendResult
}

// step is a part of the story. do returns what came of it, in a few words.
type step struct {
	title string
	do    func(context.Context) (string, error)
}

// Run plays the demo. It returns nil only when every step went as expected.
// Nothing is left behind.
func Run(ctx context.Context, cfg Config) error {
	return run(ctx, cfg, func(d *demo) []step { return append(d.fileSteps(), d.pointSteps()...) })
}

func run(ctx context.Context, cfg Config, steps func(*demo) []step) (err error) {
	dir, err := os.MkdirTemp("", "sluice-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	d := &demo{Config: cfg, stage: newStage(cfg.Out, cfg.Colour, cfg.Now), dir: dir}
	defer func() { err = errors.Join(err, d.close()) }()
	for _, s := range steps(d) {
		if err := d.stage.play(ctx, s.title, s.do); err != nil {
			return err
		}
	}
	d.stage.summarise()
	return nil
}

func (d *demo) fileSteps() []step {
	return []step{
		{"Start the file service", d.start},
		{"Upload a file of 10 MB, slowed down to be seen", d.uploadOne},
		{"Upload 8 files of different types, 4 at once", d.uploadSeveral},
		{"Refuse a file over the limit and a forbidden name", d.refuse},
		{"Kill the service with -9 in the middle of 200 MB, restart it, resume", d.killAndResume},
		{"Download it and compare", d.download},
		{"Look at the receipt", d.showReceipt},
	}
}

func (d *demo) pointSteps() []step {
	return []step{
		{"Start the collector", d.startCollector},
		{"Send 10,000 data points in batches of 100, 15 of them invalid", d.sendPoints},
		{"Sum up what was sent", d.sumUp},
		{"Kill the collector with -9 in the middle of 200,000 points, restart it, resume", d.killCollector},
	}
}

// start runs the service on free ports and connects to it.
func (d *demo) start(ctx context.Context) (string, error) {
	if err := d.startAt(ctx, "127.0.0.1:0"); err != nil {
		return "", err
	}
	var err error
	if d.client, err = client.NewStreamingClient(d.process.Addr()); err != nil {
		return "", err
	}
	d.stage.detailf("address", "%s", d.process.Addr())
	d.stage.detailf("data", "%s", d.path("data"))
	d.stage.detailf("limit", "%s a file, a checkpoint every %s", maxFileSize, checkpointBytes)
	return fmt.Sprintf("process %d serves", d.process.Pid()), nil
}

func (d *demo) startAt(ctx context.Context, addr string) (err error) {
	d.process, err = service.Start(ctx, d.Executable,
		"--listen", addr, "--admin-listen", "127.0.0.1:0", "--data-dir", d.path("data"),
		"--max-file-size", maxFileSize, "--checkpoint-bytes", checkpointBytes)
	return err
}

// path is a path in the demo's folder.
func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }

// close stops the service and removes the folder.
func (d *demo) close() error {
	var errs []error
	for _, c := range []*client.StreamingClient{d.client, d.points} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	for _, p := range []*service.Process{d.process, d.collector} {
		if p != nil {
			errs = append(errs, p.Stop())
		}
	}
	return errors.Join(append(errs, os.RemoveAll(d.dir))...)
}
