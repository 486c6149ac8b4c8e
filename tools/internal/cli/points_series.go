package cli

import (
	"context"

	"github.com/spf13/cobra"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

func (a *app) pointsSeriesCommand(points *pointsFlags) *cobra.Command {
	var series seriesFlags
	var wait waitFlag
	var output outputFlag
	var limit int
	cmd := &cobra.Command{
		Use: "series", Short: "List the series that have samples",
		Args: args(cobra.NoArgs, "no arguments; give --source, --metric, --tag or --match"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			location, err := points.location()
			if err != nil {
				return err
			}
			format, err := output.format(a, cmd.Flags())
			if err != nil {
				return err
			}
			request, err := seriesRequest(&series, &wait)
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				found, more, err := listSeries(ctx, c, request, limit)
				if err != nil {
					return err
				}
				err = printRecords(a, format, location, seriesColumns(), sequence(mapped(found, viewSeries)))
				a.noteMore(more && err == nil)
				return err
			})
		},
	}
	flags := cmd.Flags()
	series.register(flags)
	limitFlag(cmd, &limit, "series")
	output.register(flags)
	wait.register(flags, "points send")
	return cmd
}

func seriesRequest(series *seriesFlags, wait *waitFlag) (*collectorv1.ListSeriesRequest, error) {
	matchers, err := series.matchers()
	if err != nil {
		return nil, err
	}
	waitFor, err := wait.waitFor()
	return &collectorv1.ListSeriesRequest{Matchers: matchers, WaitFor: waitFor}, err
}

// listSeries collects pages of the series that the request selects.
func listSeries(
	ctx context.Context, c *client.StreamingClient, r *collectorv1.ListSeriesRequest, limit int,
) ([]*collectorv1.SeriesSummary, bool, error) {
	return collect(limit, func(size int32, cursor string) ([]*collectorv1.SeriesSummary, string, error) {
		r.PageSize, r.Cursor = size, cursor
		page, err := c.Points().ListSeries(ctx, r)
		return page.GetSeries(), page.GetNextCursor(), err
	})
}
