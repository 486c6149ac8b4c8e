// Package demo shows what Sluice does: it runs the file service, the collector
// and the log service in a folder of its own, sends them good and bad files, data
// points and log entries, kills each in the middle of a stream, and checks after
// each step that everything went as it must.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

const (
	maxFileSize     = "256MiB"
	checkpointBytes = "8MiB"
)

// Config is what the demo needs of its surroundings.
type Config struct {
	// Files, Collector and Logs are the executables of the services.
	Files, Collector, Logs string
	// Out gets the story. Draw says that it is a terminal, on which progress
	// bars are drawn, and Colour that it wants colours.
	Out          io.Writer
	Draw, Colour bool
	// LevelColour returns the escape sequence that a level of a log entry is
	// shown in.
	LevelColour func(client.Level) string
	Now         func() time.Time
}

// demo is one run.
type demo struct {
	Config
	stage *stage
	// dir holds everything: the files to send, the services' data, and what
	// comes back.
	dir                    string
	files, collector, logs server
	// resumed is the receipt of the upload that was cut, and checksum what it
	// must have.
	resumed  *client.Receipt
	checksum string
	// sent is the result of the points with the bad ones among them.
	sent *client.SendResult
	// story is what the log entries are, told the result of sending them, and
	// found what a search for all of them finds.
	story *logStory
	told  *client.LogResult
	found []client.LogRecord
}

// step is a part of the story. do returns what came of it, in a few words.
type step struct {
	title string
	do    func(context.Context) (string, error)
}

// Run plays the demo. It returns nil only when every step went as expected.
// Nothing is left behind.
func Run(ctx context.Context, cfg Config) error {
	return run(ctx, cfg, func(d *demo) []step {
		return slices.Concat(d.fileSteps(), d.pointSteps(), d.logSteps())
	})
}

func run(ctx context.Context, cfg Config, steps func(*demo) []step) (err error) {
	dir, err := os.MkdirTemp("", "sluice-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	d := newDemo(cfg, dir)
	defer func() { err = errors.Join(err, d.close()) }()
	for _, s := range steps(d) {
		if err := d.stage.play(ctx, s.title, s.do); err != nil {
			return err
		}
	}
	d.stage.summarise()
	return nil
}

func newDemo(cfg Config, dir string) *demo {
	d := &demo{Config: cfg, stage: newStage(cfg.Out, cfg.Colour, cfg.Now), dir: dir}
	d.files = server{
		name: "file service", executable: cfg.Files, dir: d.path("files"),
		flags: []string{"--max-file-size", maxFileSize, "--checkpoint-bytes", checkpointBytes},
	}
	d.collector = server{name: "collector", executable: cfg.Collector, dir: d.path("points")}
	d.logs = server{
		name: "log service", executable: cfg.Logs, dir: d.path("logs"),
		flags: []string{"--rules-file", d.path(rulesName)},
	}
	return d
}

func (d *demo) fileSteps() []step {
	return []step{
		d.startStep(&d.files),
		{"Upload a file of 10 MiB, slowed down to be seen", d.uploadOne},
		{"Upload 8 files of different types, 4 at once", d.uploadSeveral},
		{"Refuse a file over the limit of " + maxFileSize + " and a forbidden name", d.refuse},
		{"Kill the file service with -9 amid 200 MiB, restart it, resume", d.killAndResume},
		{"Download it and compare", d.download},
		{"Look at the receipt", d.showReceipt},
	}
}

func (d *demo) pointSteps() []step {
	return []step{
		d.startStep(&d.collector),
		{"Send 10,000 data points in batches of 100, 15 of them invalid", d.sendSensors},
		{"Sum up what was sent", d.sumUp},
		{"Kill the collector with -9 amid 200,000 points, restart it, resume", d.killCollector},
	}
}

func (d *demo) logSteps() []step {
	return []step{
		{"Write rules for log entries", d.writeRules},
		d.startStep(&d.logs),
		{"Send 10,000 log entries, some with secrets, 12 of them invalid", d.sendStory},
		{"Search and count what was indexed", d.searchStory},
		{"Look for the secrets in every file of the log service", d.lookForSecrets},
		{"Follow the log live", d.followLog},
		{"Kill the log service with -9 amid 50,000 entries, restart it, resume", d.killLogs},
	}
}

// path is a path in the demo's folder.
func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }

// close stops the services and removes the folder.
func (d *demo) close() error {
	return errors.Join(d.files.close(), d.collector.close(), d.logs.close(), os.RemoveAll(d.dir))
}
