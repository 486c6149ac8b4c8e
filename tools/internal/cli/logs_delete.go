package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/logsend"
)

// logsDeleteFlags are the flags of `sluice logs delete`.
type logsDeleteFlags struct {
	logFilterFlags
	logSpanFlags

	all, yes bool
}

func (a *app) logsDeleteCommand(logs *logsFlags) *cobra.Command {
	var f logsDeleteFlags
	cmd := &cobra.Command{
		Use: "delete", Short: "Delete stored entries for good",
		Long: `Delete stored entries for good.

What is to be deleted is counted first and asked for at a terminal; elsewhere
--yes is needed. Everything that was accepted before the command counts, also
what no search has seen yet.`,
		Args: args(cobra.NoArgs, "no arguments; give --until, --application, --text and others"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			location, err := logs.location()
			if err != nil {
				return err
			}
			filter, err := f.selected(a.env.Now(), location)
			if err != nil {
				return err
			}
			if !f.yes && !a.env.InteractiveStdin {
				return usageErrorf("give --yes, since there is no terminal to ask at")
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.deleteLogs(ctx, c, filter, f.yes)
			})
		},
	}
	flags := cmd.Flags()
	f.logFilterFlags.register(flags)
	f.logSpanFlags.register(flags)
	flags.BoolVar(&f.all, "all", false, "delete all entries")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	return cmd
}

// selected needs a condition, or --all.
func (f *logsDeleteFlags) selected(now time.Time, location *time.Location) (client.LogFilter, error) {
	nothing := f.empty() && f.logSpanFlags == logSpanFlags{}
	switch {
	case nothing && !f.all:
		return client.LogFilter{}, usageErrorf("give --until, --application, --text or another condition, or --all to delete all entries")
	case !nothing && f.all:
		return client.LogFilter{}, usageErrorf("--all contradicts other conditions")
	case f.all:
		return client.LogFilter{Start: time.Unix(0, 0)}, nil
	}
	return selectLogs(&f.logFilterFlags, &f.logSpanFlags, now, location)
}

func (a *app) deleteLogs(ctx context.Context, c *client.StreamingClient, filter client.LogFilter, yes bool) error {
	if !yes {
		if agreed, err := a.askToDeleteLogs(ctx, c, filter); err != nil || !agreed {
			return err
		}
	}
	deleted, err := c.DeleteLogs(ctx, filter)
	if err != nil {
		return err
	}
	if a.globals.json {
		return printJSON(a.env.Stdout, deletionView{Status: "deleted", Deleted: deleted})
	}
	return a.sayf("deleted %s", logsend.Count(deleted))
}

// askToDeleteLogs counts what is stored of the selection, and asks.
func (a *app) askToDeleteLogs(ctx context.Context, c *client.StreamingClient, filter client.LogFilter) (bool, error) {
	rows, err := c.LogStatistics(ctx, client.LogStatisticsQuery{Filter: filter})
	if err != nil {
		return false, err
	}
	var count int64
	for _, s := range rows {
		count += s.Count
	}
	return a.confirm(ctx, logsend.Count(count))
}
