package cli

import (
	"context"
	"iter"
	"time"

	"github.com/spf13/cobra"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// queryFlags are the flags of `sluice points query`.
type queryFlags struct {
	seriesFlags
	spanFlags
	waitFlag
	bucketFlag
	outputFlag

	limit int64
	chart bool
}

func (a *app) pointsQueryCommand(points *pointsFlags) *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "query", Short: "Print stored samples, or draw them",
		Long: `Print stored samples, or draw them.

Samples come in the order of their times. With --bucket each line sums up the
samples of a series in a span of time. With --chart each series is drawn in the
terminal over the whole span: from the smallest to the largest value of each
column, so that no peak is lost.`,
		Args: args(cobra.NoArgs, "no arguments; give --source, --metric, --tag or --match"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			location, err := points.location()
			if err != nil {
				return err
			}
			format, err := f.format(a, cmd.Flags())
			if err != nil {
				return err
			}
			request, err := f.request(a.env.Now(), location)
			if err != nil {
				return err
			}
			if f.chart {
				if err := f.checkChart(cmd); err != nil {
					return err
				}
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				if f.chart {
					return a.drawCharts(ctx, c, request, location)
				}
				return a.printQuery(ctx, c, request, format, location)
			})
		},
	}
	flags := cmd.Flags()
	f.seriesFlags.register(flags)
	f.spanFlags.register(flags)
	f.bucketFlag.register(flags)
	flags.Int64Var(&f.limit, "limit", 100, "print at most this many samples or buckets; 0 means all")
	f.outputFlag.register(flags)
	flags.BoolVar(&f.chart, "chart", false, "draw the series in the terminal")
	f.waitFlag.register(flags, "points send")
	return cmd
}

func (f *queryFlags) request(now time.Time, location *time.Location) (*collectorv1.QueryDataPointsRequest, error) {
	if f.limit < 0 {
		return nil, usageErrorf("--limit %d is negative; 0 means all", f.limit)
	}
	r := &collectorv1.QueryDataPointsRequest{}
	var err error
	if r.Matchers, err = f.matchers(); err != nil {
		return nil, err
	}
	if r.StartTime, r.EndTime, err = f.span(now, location); err != nil {
		return nil, err
	}
	bucket, err := f.duration()
	if err != nil {
		return nil, err
	}
	r.BucketDuration = int64(bucket)
	r.WaitFor, err = f.waitFor()
	if f.limit > 0 {
		// One more tells whether there are more.
		r.Limit = f.limit + 1
	}
	return r, err
}

// checkChart refuses what a chart would not heed.
func (f *queryFlags) checkChart(cmd *cobra.Command) error {
	for _, name := range []string{"bucket", "limit", "output", "json"} {
		if cmd.Flags().Changed(name) {
			return usageErrorf("--%s means nothing for a chart", name)
		}
	}
	return nil
}

func (a *app) printQuery(
	ctx context.Context, c *client.StreamingClient, r *collectorv1.QueryDataPointsRequest, format string, location *time.Location,
) error {
	var more bool
	var err error
	if r.GetBucketDuration() == 0 {
		err = printRecords(a, format, location, sampleColumns(),
			cut(convert(c.QueryDataPoints(ctx, r), viewSample), r.GetLimit()-1, &more))
	} else {
		err = printRecords(a, format, location, bucketColumns(),
			cut(convert(c.QueryBuckets(ctx, r), viewBucket), r.GetLimit()-1, &more))
	}
	a.noteMore(more && err == nil)
	return err
}

func convert[From, To any](items iter.Seq2[From, error], to func(From) To) iter.Seq2[To, error] {
	return func(yield func(To, error) bool) {
		for item, err := range items {
			if err != nil {
				var none To
				yield(none, err)
				return
			}
			if !yield(to(item), nil) {
				return
			}
		}
	}
}

// cut ends a sequence after limit items, and tells whether there are more. A
// negative limit is none.
func cut[T any](items iter.Seq2[T, error], limit int64, more *bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := limit
		for item, err := range items {
			if left == 0 && err == nil {
				*more = true
				return
			}
			left--
			if !yield(item, err) {
				return
			}
		}
	}
}
