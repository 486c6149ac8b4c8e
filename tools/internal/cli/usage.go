package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
)

// usageCommand asks the file service, and its subcommands the other services.
func (a *app) usageCommand() *cobra.Command {
	cmd := a.usageOf("usage", "Show what the tenant uses of its quotas of files; of points and logs with the subcommands")
	cmd.AddCommand(
		ofCollector(a.usageOf("points", "Show what the tenant uses of its quota of points")),
		ofLogs(a.usageOf("logs", "Show what the tenant uses of its quota of log entries")),
	)
	return cmd
}

func (a *app) usageOf(use, short string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short,
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				usages, err := c.Usage(ctx)
				if err != nil {
					return err
				}
				return printList(a, usageColumns(), mapped(usages, viewUsage))
			})
		},
	}
}
