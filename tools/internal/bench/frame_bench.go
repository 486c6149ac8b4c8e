package bench

import (
	"context"
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

// frameBench measures a service that takes frames.
type frameBench struct {
	*stand

	// of begins the names of the figures.
	of      string
	service func(*client.StreamingClient) frameService
	load    *frameLoad
	// further, unless it is nil, measures what is more to measure of a server
	// that has stored everything.
	further func(context.Context, *frameRun) error

	acked, stored, disk, p99 []float64
}

// frameLoad is what is sent, encoded.
type frameLoad struct {
	// frames by producer, numbered from 1.
	frames [][]rawMessage
	// items are the points or entries of all frames, perFrame those of each but
	// the last one, and records what is counted of an item.
	items             int64
	perFrame, records int
	// itemName and recordName are plurals.
	itemName, recordName string
}

// total is the number of records.
func (l *frameLoad) total() int64 { return l.items * int64(l.records) }

// add gives a frame to the producer whose turn it is. encode is given its
// sequence.
func (l *frameLoad) add(turn int, encode func(sequence int64) []byte) {
	if l.frames == nil {
		l.frames = make([][]rawMessage, maxConnections)
	}
	to := &l.frames[turn%maxConnections]
	*to = append(*to, encode(int64(len(*to)+1)))
}

// run measures each thing once.
func (b *frameBench) run(ctx context.Context) error {
	if err := b.withRun(ctx, b.full, b.measureDisk); err != nil {
		return err
	}
	return b.withRun(ctx, b.paced, nil)
}

// withRun connects to a server with an empty data folder.
func (b *frameBench) withRun(ctx context.Context, do func(context.Context, *frameRun) error, stopped func(dir string) error) error {
	return b.withServer(ctx, func(ctx context.Context, server Server) error {
		r := &frameRun{server: server}
		err := r.connect(ctx, b.Connect, b.service)
		if err == nil {
			err = do(ctx, r)
		}
		return errors.Join(err, r.close())
	}, stopped)
}

// full sends the whole load and waits until it is stored.
func (b *frameBench) full(ctx context.Context, r *frameRun) error {
	begun, acked, err := r.send(ctx, b.load.frames, 0)
	if err != nil {
		return err
	}
	if err := r.awaitStored(ctx, b.load.total(), b.load.recordName); err != nil {
		return err
	}
	stored := time.Since(begun)
	if err := b.noteUsage(r.server); err != nil {
		return err
	}
	b.acked = append(b.acked, float64(b.load.total())/acked.Seconds())
	b.stored = append(b.stored, float64(b.load.total())/stored.Seconds())
	b.Log("run %d: %.0f %s/s acknowledged, %.0f stored", len(b.acked), last(b.acked), b.load.recordName, last(b.stored))
	if b.further != nil {
		if err := b.further(ctx, r); err != nil {
			return err
		}
	}
	return r.receipts(b.load.items, b.load.itemName)
}

// measureDisk takes the size of the folder that a server has left.
func (b *frameBench) measureDisk(dir string) error {
	if !b.local {
		return nil
	}
	size, err := diskUsage(dir)
	b.disk = append(b.disk, float64(size)/float64(b.load.total()))
	return err
}

// pacedFor is how long the load at half the rate lasts, if it is long enough.
const pacedFor = 10 * time.Second

// paced sends a part of the load at half the rate that was reached.
func (b *frameBench) paced(ctx context.Context, r *frameRun) error {
	rate := last(b.acked) / 2 / maxConnections
	interval := time.Duration(float64(b.load.perFrame*b.load.records) / rate * float64(time.Second))
	var part [][]rawMessage
	for _, frames := range b.load.frames {
		part = append(part, frames[:min(len(frames), int(pacedFor/interval)+1)])
	}
	if _, _, err := r.send(ctx, part, interval); err != nil {
		return err
	}
	b.p99 = append(b.p99, milliseconds(percentile(r.latencies(), 0.99)))
	b.Log("run %d: acknowledged within %.1f ms (p99)", len(b.acked), last(b.p99))
	return nil
}

// figures are those that every such service has.
func (b *frameBench) figures(record string) []Figure {
	figures := []Figure{
		newFigure(b.of+"_acked_plain", b.load.recordName+"/s", b.acked),
		newFigure(b.of+"_stored", b.load.recordName+"/s", b.stored),
	}
	figures = append(figures, b.usageFigures(b.of)...)
	if b.local {
		figures = append(figures, newFigure(b.of+"_disk", "B/"+record, b.disk))
	}
	return append(figures, newFigure(b.of+"_ack_p99", "ms", b.p99))
}

func last(values []float64) float64 { return values[len(values)-1] }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
