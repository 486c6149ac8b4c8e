package cli

import (
	"math"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/chart"
)

// grid divides a span of time into the columns of charts.
type grid struct {
	// start is a multiple of bucket; end is behind the last one.
	start, end, bucket int64
	// series by title.
	series map[string]*chart.Series
}

// newGrid covers the samples of the series in the request's span with at most
// this many spans.
func newGrid(r *collectorv1.QueryDataPointsRequest, series []*collectorv1.SeriesSummary, spans int, location *time.Location) *grid {
	g := &grid{start: math.MaxInt64, series: map[string]*chart.Series{}}
	last := int64(math.MinInt64)
	for _, s := range series {
		g.start, last = min(g.start, s.GetFirstTimestamp()), max(last, s.GetLastTimestamp())
	}
	if r.StartTime != nil {
		g.start = max(g.start, r.GetStartTime())
	}
	if r.EndTime != nil {
		last = min(last, r.GetEndTime()-1)
	}
	last = max(last, g.start)
	// A bucket begins at a multiple of itself, so one more may be cut at either
	// end.
	g.bucket = max(int64(minBucket), (last-g.start)/int64(max(1, spans-2))+1)
	g.start -= g.start % g.bucket
	count := min(int64(spans), (last-g.start)/g.bucket+1)
	g.end = last + 1
	for _, s := range series {
		g.series[titleOf(s.GetSeries())] = &chart.Series{
			Title: titleOf(s.GetSeries()), Spans: make([]chart.Span, count),
			Start: time.Unix(0, g.start).In(location), End: time.Unix(0, g.end).In(location),
		}
	}
	return g
}

// add puts a bucket into its place. Series that came meanwhile are left out.
func (g *grid) add(b client.Bucket) {
	series := g.series[titleOf(b.Series)]
	place := (b.Start - g.start) / g.bucket
	if series == nil || place < 0 || place >= int64(len(series.Spans)) {
		return
	}
	series.Spans[place] = chart.Span{
		Count: b.Count, Min: b.Min, Max: b.Max, First: b.First, Last: b.Last, Sum: b.Mean * float64(b.Count),
	}
}
