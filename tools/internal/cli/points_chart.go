package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/chart"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

const (
	// maxCharts is how many series are drawn.
	maxCharts = 12
	// chartFrame is what a chart takes beside its rows: title, axis, times,
	// caption, and a blank line between two.
	chartFrame = 5
	maxRows    = 16
)

// drawCharts draws the series that the request selects, each over the span in
// which any of them has samples.
func (a *app) drawCharts(
	ctx context.Context, c *client.StreamingClient, r *collectorv1.QueryDataPointsRequest, location *time.Location,
) error {
	selected := &collectorv1.ListSeriesRequest{Matchers: r.GetMatchers(), WaitFor: r.GetWaitFor()}
	series, more, err := listSeries(ctx, c, selected, maxCharts)
	if err != nil {
		return err
	}
	if len(series) == 0 {
		a.notef("nothing is stored that fits")
		return nil
	}
	columns, rows := a.terminal()
	drawn, err := a.readCharts(ctx, c, r, newGrid(r, series, chart.Spans(columns), location))
	if err != nil {
		return err
	}
	height := max(4, min(maxRows, rows/len(series)-chartFrame))
	var charts []string
	for _, s := range series {
		if one := drawn[titleOf(s.GetSeries())]; one != nil {
			charts = append(charts, chart.Draw(*one, height))
		}
	}
	if more {
		a.notef("… more series; only the first %d are drawn, choose by --source, --metric or --match", maxCharts)
	}
	return a.printf("%s", strings.Join(charts, "\n"))
}

// terminal returns the size of what is drawn on.
func (a *app) terminal() (columns, rows int) {
	if a.env.Size == nil {
		return 80, 24
	}
	return a.env.Size()
}

// titleOf names a series. Its number may change between two calls.
func titleOf(s *collectorv1.Series) string {
	title := human.Text(s.GetSource()) + "  " + human.Text(s.GetMetric())
	if len(s.GetTags()) > 0 {
		title += "  {" + showTags(s.GetTags()) + "}"
	}
	return title
}

// readCharts fills the grid with buckets, of the series that are in it.
func (a *app) readCharts(
	ctx context.Context, c *client.StreamingClient, r *collectorv1.QueryDataPointsRequest, g *grid,
) (map[string]*chart.Series, error) {
	request := &collectorv1.QueryDataPointsRequest{
		Matchers: r.GetMatchers(), StartTime: r.StartTime, EndTime: r.EndTime, BucketDuration: g.bucket,
	}
	for bucket, err := range c.QueryBuckets(ctx, request) {
		if err != nil {
			return nil, fmt.Errorf("draw the series: %w", err)
		}
		g.add(bucket)
	}
	return g.series, nil
}
