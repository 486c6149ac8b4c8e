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
	// killPointsAfter is how many points must be durable when the collector is
	// killed.
	killPointsAfter = 80_000
	counter         = "counter"
)

// killCollector kills the collector in the middle of a stream, restarts it, lets
// the SDK go on by itself, and counts what is stored.
func (d *demo) killCollector(ctx context.Context) (string, error) {
	result, k, err := d.sendThroughKill(ctx)
	if err != nil {
		return "", err
	}
	d.showKill(k, amountOf("points"))
	d.stage.detailf("resumed", "by the SDK, attempt %d", result.Attempts)
	d.stage.detailf("receipt", "%s points accepted", humanize.Comma(result.Successful))
	if result.Attempts < 2 || result.Successful != streamCount {
		return "", fmt.Errorf("the receipt counts %d points after %d attempts, not %d after 2 or more",
			result.Successful, result.Attempts, streamCount)
	}
	return d.countStream(ctx, result)
}

// countStream counts the samples, and looks at their smallest and largest value:
// each has its own number.
func (d *demo) countStream(ctx context.Context, result *client.SendResult) (string, error) {
	answer, err := d.collector.client.Points().GetStatistics(ctx, &collectorv1.GetStatisticsRequest{
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
	return fmt.Sprintf("%s points stored, none lost, none twice", humanize.Comma(s.GetCount())), nil
}

// sendThroughKill sends, and has the collector killed and restarted once enough
// is durable.
func (d *demo) sendThroughKill(ctx context.Context) (result *client.SendResult, k *kill, err error) {
	ctx, k = killAfter(ctx, &d.collector, killPointsAfter)
	now := d.Now()
	points := feed[*client.DataPoint]{
		name: "points", count: streamCount, perSecond: streamRate,
		item: func(i int) *client.DataPoint {
			return &client.DataPoint{
				Source: counter, Timestamp: now.Add(time.Duration(i-streamCount) * time.Millisecond).UnixNano(),
				Metrics: map[string]float64{"number": float64(i)},
			}
		},
		watch: func(p client.SendProgress) { k.moved(ctx, p.Sent, p.Durable) },
	}
	result, err = d.sendPoints(ctx, points)
	return result, k, k.end(err)
}

// sendPoints feeds points to the SDK.
func (d *demo) sendPoints(
	ctx context.Context, points feed[*client.DataPoint], more ...client.SendOption,
) (result *client.SendResult, err error) {
	err = points.run(ctx, d, func(ctx context.Context, items <-chan *client.DataPoint, options ...client.SendOption) error {
		result, err = d.collector.client.SendDataPoints(ctx, items, append(options, more...)...)
		return err
	})
	return result, err
}
