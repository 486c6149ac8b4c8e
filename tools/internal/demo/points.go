package demo

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/chart"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/matcher"
	"github.com/sluice-ingest/sluice/tools/internal/pointsend"
)

const (
	pointCount = 10_000
	pointBatch = 100
	// pointRate lets the sending last long enough to be seen.
	pointRate = 10_000
	sensors   = 20
	// pointMetrics is how many metrics a good point has.
	pointMetrics = 2
)

// flaw makes a good point bad.
type flaw struct {
	reason string
	count  int
	spoil  func(p *client.DataPoint)
}

// flaws are 15 in all.
func flaws() []flaw {
	return []flaw{
		{"TIMESTAMP_UNIT", 3, func(p *client.DataPoint) { p.Timestamp /= int64(time.Second) }},
		{"TIMESTAMP_IN_FUTURE", 3, func(p *client.DataPoint) { p.Timestamp += int64(24 * time.Hour) }},
		{"METRICS_MISSING", 3, func(p *client.DataPoint) { p.Metrics = nil }},
		{"METRIC_VALUE_NOT_FINITE", 2, func(p *client.DataPoint) { p.Metrics["temperature"] = math.NaN() }},
		{"METRIC_NAME_INVALID", 2, func(p *client.DataPoint) { p.Metrics["room temperature"] = 20 }},
		{"TAG_INVALID", 1, func(p *client.DataPoint) { p.Tags["site"] = "" }},
		{"SOURCE_INVALID", 1, func(p *client.DataPoint) { p.Source = "" }},
	}
}

// badPoints spreads the flaws over the points.
func badPoints() map[int]flaw {
	bad := map[int]flaw{}
	for _, f := range flaws() {
		for range f.count {
			bad[len(bad)*619+317] = f
		}
	}
	return bad
}

// sensorPoint is a good point. Each source has one a second until now.
func sensorPoint(i int, now time.Time) *client.DataPoint {
	at := now.Add(-time.Duration((pointCount-1-i)/sensors) * time.Second)
	angle := 2 * math.Pi * float64(i) / pointCount
	return &client.DataPoint{
		Source: fmt.Sprintf("sensor-%02d", i%sensors), Timestamp: at.UnixNano(),
		Metrics: map[string]float64{"temperature": 20 + 5*math.Sin(3*angle), "humidity": 50 + 10*math.Cos(angle)},
		Tags:    map[string]string{"site": "demo"},
	}
}

// sendSensors sends good and bad points, and expects exactly the bad ones to be
// rejected.
func (d *demo) sendSensors(ctx context.Context) (string, error) {
	now, bad := d.Now(), badPoints()
	points := feed[*client.DataPoint]{
		name: "points", count: pointCount, perSecond: pointRate,
		item: func(i int) *client.DataPoint {
			p := sensorPoint(i, now)
			if f, ok := bad[i]; ok {
				f.spoil(p)
			}
			return p
		},
	}
	var err error
	if d.sent, err = d.sendPoints(ctx, points, client.WithBatchSize(pointBatch), client.WithBatchDelay(time.Second)); err != nil {
		return "", err
	}
	d.showRejected()
	d.stage.detailf("frames", "%d, of %d points each", d.sent.Frames, pointBatch)
	if err := expectSent(d.sent, len(bad)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s points accepted, %d rejected, each with its reason", humanize.Comma(d.sent.Successful), d.sent.Errors), nil
}

// showRejected shows the first rejected point of each reason.
func (d *demo) showRejected() {
	shown := map[string]bool{}
	for _, e := range d.sent.PointErrors {
		if !shown[e.Reason] {
			shown[e.Reason] = true
			d.stage.detailf("rejected", "%d × %s, first point %d", d.sent.ByReason[e.Reason], e.Reason, e.Point)
			d.stage.detailf("", "%s", pointsend.Why(e))
		}
	}
}

func expectSent(r *client.SendResult, rejected int) error {
	want := map[string]int64{}
	for _, f := range flaws() {
		want[f.reason] = int64(f.count)
	}
	switch {
	case r.Successful != pointCount-int64(rejected) || r.Errors != int64(rejected):
		return fmt.Errorf("the receipt counts %d points accepted and %d rejected, not %d and %d",
			r.Successful, r.Errors, pointCount-rejected, rejected)
	case !maps.Equal(r.ByReason, want):
		return fmt.Errorf("the points were rejected for the reasons %v, not %v", r.ByReason, want)
	case r.Frames != pointCount/pointBatch:
		return fmt.Errorf("the points went in %d frames, not %d", r.Frames, pointCount/pointBatch)
	}
	return nil
}

// sumUp has the collector sum up what it stored, once it sees the last frame.
func (d *demo) sumUp(ctx context.Context) (string, error) {
	answer, err := d.collector.client.Points().GetStatistics(ctx, &collectorv1.GetStatisticsRequest{
		Matchers: []*collectorv1.SeriesMatcher{matcher.Tag("site", "demo")}, ByMetric: true, WaitFor: waitFor(d.sent),
	})
	if err != nil {
		return "", err
	}
	rows := [][]string{{"METRIC", "COUNT", "MIN", "MAX", "MEAN", "P50", "P99"}}
	var count int64
	for _, s := range answer.GetStatistics() {
		count += s.GetCount()
		rows = append(rows, slices.Concat([]string{human.Text(s.GetMetric()), humanize.Comma(s.GetCount())},
			values(s.GetMin(), s.GetMax(), s.GetMean(), s.GetP50(), s.GetP99())))
	}
	d.stage.rows(rows)
	if err := d.drawSensor(ctx); err != nil {
		return "", err
	}
	if want := pointMetrics * d.sent.Successful; count != want {
		return "", fmt.Errorf("%d samples are stored, not the %d of the accepted points", count, want)
	}
	return fmt.Sprintf("%s samples of %s points stored", humanize.Comma(count), humanize.Comma(d.sent.Successful)), nil
}

func values(numbers ...float64) []string {
	texts := make([]string, 0, len(numbers))
	for _, v := range numbers {
		texts = append(texts, chart.Value(v))
	}
	return texts
}

func waitFor(r *client.SendResult) *queryv1.WaitFor {
	return &queryv1.WaitFor{ProducerId: r.ProducerID, Sequence: r.Position.Durable, Timeout: durationpb.New(time.Minute)}
}

// drawSensor draws the temperature of one sensor.
func (d *demo) drawSensor(ctx context.Context) error {
	request := &collectorv1.QueryDataPointsRequest{Matchers: []*collectorv1.SeriesMatcher{matcher.Source("sensor-00"), matcher.Metric("temperature")}}
	s := chart.Series{Title: "sensor-00  temperature"}
	for sample, err := range d.collector.client.QueryDataPoints(ctx, request) {
		if err != nil {
			return err
		}
		if len(s.Spans) == 0 {
			s.Start = sample.Time()
		}
		s.End = sample.Time()
		s.Spans = append(s.Spans, chart.Span{
			Count: 1, Min: sample.Value, Max: sample.Value, First: sample.Value, Last: sample.Value, Sum: sample.Value,
		})
	}
	s.Spans = chart.Fold(s.Spans, chart.Spans(chartColumns))
	for line := range strings.Lines(chart.Draw(s, chartRows)) {
		fmt.Fprint(d.Out, "   "+line)
	}
	return nil
}

const (
	chartColumns = 76
	chartRows    = 5
)
