package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// logsFlags are the flags that all commands for logs share.
type logsFlags struct {
	timezone string
}

func (a *app) logsCommand() *cobra.Command {
	var f logsFlags
	cmd := group("logs", "Send, search, follow, count and delete log entries",
		a.logsSendCommand(&f),
		a.logsSearchCommand(&f),
		a.logsTailCommand(&f),
		a.logsStatsCommand(&f),
		a.logsDeleteCommand(&f),
		a.logsFlushCommand(),
		a.logsTestRulesCommand(&f),
	)
	cmd.Long = `Send, search, follow, count and delete log entries.

They go to a log service: --addr, SLUICE_LOGS_ADDR or SLUICE_ADDR, by default
127.0.0.1:7072. Times without a zone, in files and in flags, are those of
--timezone, and so are the times that people are shown; CSV and JSON have UTC.`
	cmd.PersistentFlags().StringVar(&f.timezone, "timezone", "Local", "`zone` of times that name none, such as Europe/Berlin or UTC")
	return ofLogs(cmd)
}

func (f *logsFlags) location() (*time.Location, error) {
	location, err := time.LoadLocation(f.timezone)
	if err != nil {
		return nil, usageErrorf("--timezone %s: %w", f.timezone, err)
	}
	return location, nil
}

// pingLogs is ping for a log service: what follows is tried again, and would
// hide for a while that there is none.
func pingLogs(ctx context.Context, c *client.StreamingClient) error {
	_, err := c.Logs().TestRules(ctx, &logaggv1.TestRulesRequest{})
	return unlessDenied(err)
}

func (a *app) logsFlushCommand() *cobra.Command {
	return &cobra.Command{
		Use: "flush", Short: "Bring everything that was accepted into the store at once",
		Long: `Bring everything that was accepted into the store at once.

Entries are durable before that; searches see them when they are in the store,
by default within a second. The command ends when they do.`,
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				if err := c.FlushLogs(ctx); err != nil {
					return err
				}
				if a.globals.json {
					return printJSON(a.env.Stdout, flushView{Status: "flushed"})
				}
				return a.sayf("flushed")
			})
		},
	}
}

// flushView is a flush as JSON.
type flushView struct {
	Status string `json:"status"`
}
