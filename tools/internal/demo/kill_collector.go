package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/matcher"
)

const (
	streamCount = 200_000
	// streamRate lets the stream last long enough to be killed.
	streamRate = 100_000
	// killAfter is how many points must be durable when the collector is
	// killed.
	killAfter = 80_000
	counter   = "counter"
)

// killCollector kills the collector in the middle of a stream, restarts it, lets
// the SDK go on by itself, and counts what is stored.
func (d *demo) killCollector(ctx context.Context) (string, error) {
	result, at, err := d.sendThroughKill(ctx)
	if err != nil {
		return "", err
	}
	d.stage.detailf("killed", "with %s points sent, %s of them durable", humanize.Comma(at.sent), humanize.Comma(at.durable))
	d.stage.detailf("restarted", "process %d at %s, same folder", d.collector.Pid(), d.collector.Addr())
	d.stage.detailf("resumed", "by the SDK, attempt %d", result.Attempts)
	d.stage.detailf("receipt", "%s points accepted", humanize.Comma(result.Successful))
	if result.Attempts < 2 || result.Successful != streamCount {
		return "", fmt.Errorf("the receipt counts %d points after %d attempts, not %d after 2 or more",
			result.Successful, result.Attempts, streamCount)
	}
	return d.countStream(ctx, result)
}

// countStream counts the samples, and adds up their values: each has its own
// number.
func (d *demo) countStream(ctx context.Context, result *client.SendResult) (string, error) {
	answer, err := d.points.Points().GetStatistics(ctx, &collectorv1.GetStatisticsRequest{
		Matchers: []*collectorv1.SeriesMatcher{matcher.Source(counter)}, WaitFor: waitFor(result),
	})
	if err != nil {
		return "", err
	}
	if len(answer.GetStatistics()) != 1 {
		return "", errors.New("nothing of the stream is stored")
	}
	s := answer.GetStatistics()[0]
	d.stage.detailf("stored", "%s samples, from %s to %s", humanize.Comma(s.GetCount()),
		humanize.Comma(int64(s.GetMin())), humanize.Comma(int64(s.GetMax())))
	if s.GetCount() != streamCount || s.GetMin() != 0 || s.GetMax() != streamCount-1 {
		return "", fmt.Errorf("%d samples from %g to %g are stored, not %d from 0 to %d",
			s.GetCount(), s.GetMin(), s.GetMax(), streamCount, streamCount-1)
	}
	return fmt.Sprintf("%s points stored through a kill, none lost, none twice", humanize.Comma(s.GetCount())), nil
}

// sendThroughKill sends, and has the collector killed and restarted once enough
// is durable. It returns where the stream stood then.
func (d *demo) sendThroughKill(ctx context.Context) (result *client.SendResult, at cut, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	now := d.Now()
	point := func(i int) *client.DataPoint {
		return &client.DataPoint{
			Source: counter, Timestamp: now.Add(time.Duration(i-streamCount) * time.Millisecond).UnixNano(),
			Metrics: map[string]float64{"number": float64(i)},
		}
	}
	var restarted chan error
	kill := func(p client.SendProgress) {
		if restarted != nil || p.Durable < killAfter {
			return
		}
		at, restarted = cut{sent: p.Sent, durable: p.Durable}, make(chan error, 1)
		go func() {
			err := d.restartCollector(ctx)
			if err != nil {
				cancel() // without a server the sending would wait in vain
			}
			restarted <- err
		}()
	}
	result, err = d.send(ctx, streamCount, streamRate, point, kill)
	if restarted == nil {
		return result, at, errors.Join(err, errors.New("the stream ended before the collector could be killed"))
	}
	return result, at, errors.Join(err, <-restarted)
}
