package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

const (
	// followed is how many entries are followed, and followInterval the time
	// between two of them.
	followed       = 5
	followInterval = 150 * time.Millisecond
	// followTimeout is how long all of them may take.
	followTimeout = 20 * time.Second
	live          = "live"
)

// followLog follows an application while it writes.
func (d *demo) followLog(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	written := make(chan error, 1)
	slowest, err := d.follow(ctx, func() {
		go func() {
			err := d.writeLive(ctx)
			if err != nil {
				cancel() // nothing more comes
			}
			written <- err
		}()
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d entries as they came, each within %s", followed, slowest.Round(time.Millisecond)), <-written
}

// follow shows entries as they come, from the moment on when it has begun, and
// returns the longest time that one took.
func (d *demo) follow(ctx context.Context, begun func()) (slowest time.Duration, err error) {
	next := 0
	filter := client.LogFilter{Applications: []string{live}, MinimumLevel: client.LevelInfo}
	for event, err := range d.logs.client.TailLogs(ctx, filter) {
		if err != nil {
			return 0, err
		}
		if event.Kind == client.TailStarted {
			begun()
			continue
		}
		if want := liveMessage(next); event.Kind != client.TailRecord || event.Record.Message != want {
			return 0, fmt.Errorf("the tail tells %s %q, not %q", event.Kind, event.Record.Message, want)
		}
		slowest = max(slowest, d.Now().Sub(event.Record.Time))
		d.showEntry(event.Record)
		next++
		if next == followed {
			return slowest, nil
		}
	}
	return 0, errors.New("the tail has ended")
}

// writeLive sends entries one by one, each at the moment when it is written. The
// tail's filter passes over every other one.
func (d *demo) writeLive(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	entries := make(chan *client.LogEntry)
	go func() {
		defer close(entries)
		ticker := time.NewTicker(followInterval / 2)
		defer ticker.Stop()
		for i := range 2 * followed {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
			level := []string{"trace", "info", "trace", "warn", "trace", "error"}[i%6]
			select {
			case entries <- &client.LogEntry{Application: live, Level: level, Time: d.Now(), Message: liveMessage(i / 2)}:
			case <-ctx.Done():
				return
			}
		}
	}()
	_, err := d.logs.client.SendLogs(ctx, entries, client.WithBatchSize(1))
	return err
}

func liveMessage(i int) string { return fmt.Sprintf("deployment step %d of %d", i+1, followed) }
