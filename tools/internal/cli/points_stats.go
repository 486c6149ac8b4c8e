package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// statsFlags are the flags of `sluice points stats`.
type statsFlags struct {
	seriesFlags
	spanFlags
	waitFlag
	bucketFlag
	outputFlag

	by string
}

func (a *app) pointsStatsCommand(points *pointsFlags) *cobra.Command {
	var f statsFlags
	cmd := &cobra.Command{
		Use: "stats", Short: "Sum stored samples up: count, extremes, mean, percentiles, rate",
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
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				got, err := c.Points().GetStatistics(ctx, request)
				if err != nil {
					return err
				}
				views := mapped(got.GetStatistics(), func(s *collectorv1.Statistics) statisticsView { return viewStatistics(s, request) })
				return printRecords(a, format, location, statisticsColumns(request), sequence(views))
			})
		},
	}
	flags := cmd.Flags()
	f.seriesFlags.register(flags)
	f.spanFlags.register(flags)
	flags.StringVar(&f.by, "by", "", "a line for each of these `groups`, such as source,metric,tag:host; one for all by default")
	f.bucketFlag.register(flags)
	f.outputFlag.register(flags)
	f.waitFlag.register(flags, "points send")
	return cmd
}

func (f *statsFlags) request(now time.Time, location *time.Location) (*collectorv1.GetStatisticsRequest, error) {
	r := &collectorv1.GetStatisticsRequest{}
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
	if err := f.group(r); err != nil {
		return nil, err
	}
	r.WaitFor, err = f.waitFor()
	return r, err
}

// group sets what --by names.
func (f *statsFlags) group(r *collectorv1.GetStatisticsRequest) error {
	if f.by == "" {
		return nil
	}
	for group := range strings.SplitSeq(f.by, ",") {
		tag, isTag := strings.CutPrefix(group, "tag:")
		switch {
		case group == "source":
			r.BySource = true
		case group == "metric":
			r.ByMetric = true
		case isTag && tag != "":
			r.ByTags = append(r.ByTags, tag)
		default:
			return usageErrorf("--by %s: %q is no group; give source, metric or tag:NAME", f.by, group)
		}
	}
	return nil
}
