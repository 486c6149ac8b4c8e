package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
)

// logsStatsFlags are the flags of `sluice logs stats`.
type logsStatsFlags struct {
	logFilterFlags
	logSpanFlags
	waitFlag
	bucketFlag
	outputFlag

	by string
}

func (a *app) logsStatsCommand(logs *logsFlags) *cobra.Command {
	var f logsStatsFlags
	cmd := &cobra.Command{
		Use: "stats", Short: "Count stored entries by level, application, category, field and time",
		Long: `Count stored entries by level, application, category, field and time.

  sluice logs stats --last 1h --bucket 1m
  sluice logs stats --by application,field:status --text "GET /"`,
		Args: args(cobra.NoArgs, "no arguments; give --by, --text, --application and others"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			location, err := logs.location()
			if err != nil {
				return err
			}
			format, err := f.format(a, cmd.Flags())
			if err != nil {
				return err
			}
			query, err := f.query(a.env.Now(), location)
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				rows, err := c.LogStatistics(ctx, query)
				if err != nil {
					return err
				}
				views := viewLogStatistics(rows, query)
				return printRecords(a, format, location, logStatisticsColumns(query, format), sequence(views))
			})
		},
	}
	flags := cmd.Flags()
	f.logFilterFlags.register(flags)
	f.logSpanFlags.register(flags)
	flags.StringVar(&f.by, "by", "level", "a line for each of these `groups`, such as level,application,category,field:status; none for one line")
	f.bucketFlag.register(flags)
	f.outputFlag.register(flags)
	f.waitFlag.register(flags, "logs send")
	return cmd
}

func (f *logsStatsFlags) query(now time.Time, location *time.Location) (client.LogStatisticsQuery, error) {
	var q client.LogStatisticsQuery
	var err error
	if q.Filter, err = selectLogs(&f.logFilterFlags, &f.logSpanFlags, now, location); err != nil {
		return q, err
	}
	if q.Bucket, err = f.duration(); err != nil {
		return q, err
	}
	if err := f.group(&q); err != nil {
		return q, err
	}
	q.WaitFor, err = f.logWait()
	return q, err
}

// group sets what --by names.
func (f *logsStatsFlags) group(q *client.LogStatisticsQuery) error {
	if f.by == "" || f.by == "none" {
		return nil
	}
	for group := range strings.SplitSeq(f.by, ",") {
		field, isField := strings.CutPrefix(group, "field:")
		switch {
		case group == "level":
			q.ByLevel = true
		case group == "application":
			q.ByApplication = true
		case group == "category":
			q.ByCategory = true
		case isField && field != "":
			q.ByFields = append(q.ByFields, field)
		default:
			return usageErrorf("--by %s: %q is no group; give level, application, category, field:NAME or none", f.by, group)
		}
	}
	return nil
}
