package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/matcher"
)

// deleteFlags are the flags of `sluice points delete`.
type deleteFlags struct {
	seriesFlags
	spanFlags

	all, yes bool
}

// deletionView is what was deleted, as JSON.
type deletionView struct {
	Status  string `json:"status"`
	Deleted int64  `json:"deleted_count"`
}

func (a *app) pointsDeleteCommand(points *pointsFlags) *cobra.Command {
	var f deleteFlags
	cmd := &cobra.Command{
		Use: "delete", Short: "Delete stored samples for good",
		Long: `Delete stored samples for good.

What is to be deleted is counted first and asked for at a terminal; elsewhere
--yes is needed. Everything that was accepted before the command counts, also
what no query has seen yet.`,
		Args: args(cobra.NoArgs, "no arguments; give --source, --metric, --tag or --match"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			location, err := points.location()
			if err != nil {
				return err
			}
			request, err := f.request(a.env.Now(), location)
			if err != nil {
				return err
			}
			if !f.yes && !a.env.InteractiveStdin {
				return usageErrorf("give --yes, since there is no terminal to ask at")
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.deletePoints(ctx, c, request, f.yes)
			})
		},
	}
	flags := cmd.Flags()
	f.seriesFlags.register(flags)
	f.spanFlags.register(flags)
	flags.BoolVar(&f.all, "all", false, "delete of every series")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (f *deleteFlags) request(now time.Time, location *time.Location) (*collectorv1.DeleteDataPointsRequest, error) {
	r := &collectorv1.DeleteDataPointsRequest{}
	var err error
	if r.Matchers, err = f.matchers(); err != nil {
		return nil, err
	}
	switch {
	case len(r.GetMatchers()) == 0 && !f.all:
		return nil, usageErrorf("give --source, --metric, --tag or --match, or --all to delete of every series")
	case len(r.GetMatchers()) > 0 && f.all:
		return nil, usageErrorf("--all contradicts --source, --metric, --tag and --match")
	case f.all:
		r.Matchers = []*collectorv1.SeriesMatcher{matcher.Everything()}
	}
	r.StartTime, r.EndTime, err = f.span(now, location)
	return r, err
}

func (a *app) deletePoints(ctx context.Context, c *client.StreamingClient, r *collectorv1.DeleteDataPointsRequest, yes bool) error {
	if !yes {
		if agreed, err := a.askToDelete(ctx, c, r); err != nil || !agreed {
			return err
		}
	}
	got, err := c.Points().DeleteDataPoints(ctx, r)
	if err != nil {
		return err
	}
	if a.globals.json {
		return printJSON(a.env.Stdout, deletionView{Status: "deleted", Deleted: got.GetDeletedCount()})
	}
	return a.sayf("deleted %s", human.Count(int(got.GetDeletedCount()), "sample"))
}

// askToDelete counts what is stored of the selection, and asks.
func (a *app) askToDelete(ctx context.Context, c *client.StreamingClient, r *collectorv1.DeleteDataPointsRequest) (bool, error) {
	got, err := c.Points().GetStatistics(ctx, &collectorv1.GetStatisticsRequest{
		Matchers: r.GetMatchers(), StartTime: r.StartTime, EndTime: r.EndTime,
	})
	if err != nil {
		return false, err
	}
	var count int64
	for _, s := range got.GetStatistics() {
		count += s.GetCount()
	}
	return a.confirm(ctx, human.Count(int(count), "sample"))
}
