package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
)

// logsSearchFlags are the flags of `sluice logs search`.
type logsSearchFlags struct {
	logFilterFlags
	logSpanFlags
	logOutputFlags
	waitFlag

	limit int64
	order string
}

func (a *app) logsSearchCommand(logs *logsFlags) *cobra.Command {
	var f logsSearchFlags
	cmd := &cobra.Command{
		Use: "search", Short: "Print stored entries",
		Long: `Print stored entries.

All conditions that are given have to hold. A pattern of --field has to match
the whole value; an entry without the field has the empty value.

  sluice logs search --last 1h --level warn --text timeout --ignore-case
  sluice logs search --application nginx --field 'status=~"5.."' --order oldest`,
		Args: args(cobra.NoArgs, "no arguments; give --text, --application, --field and others"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			location, err := logs.location()
			if err != nil {
				return err
			}
			printer, err := f.printer(a, cmd.Flags(), location)
			if err != nil {
				return err
			}
			search, err := f.search(a.env.Now(), location)
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.searchLogs(ctx, c, search, printer)
			})
		},
	}
	flags := cmd.Flags()
	f.logFilterFlags.register(flags)
	f.logSpanFlags.register(flags)
	flags.Int64Var(&f.limit, "limit", 100, "print at most this many entries; 0 means all")
	flags.StringVar(&f.order, "order", "newest", "which `entries` come first: newest or oldest")
	f.logOutputFlags.register(flags)
	f.waitFlag.register(flags, "logs send")
	return cmd
}

func (f *logsSearchFlags) search(now time.Time, location *time.Location) (client.LogSearch, error) {
	var search client.LogSearch
	if f.limit < 0 {
		return search, usageErrorf("--limit %d is negative; 0 means all", f.limit)
	}
	if f.limit > 0 {
		// One more tells whether there are more.
		search.Limit = f.limit + 1
	}
	switch f.order {
	case "newest":
	case "oldest":
		search.OldestFirst = true
	default:
		return search, usageErrorf("--order %s is unknown; give newest or oldest", f.order)
	}
	var err error
	if search.Filter, err = selectLogs(&f.logFilterFlags, &f.logSpanFlags, now, location); err != nil {
		return search, err
	}
	search.WaitFor, err = f.logWait()
	return search, err
}

// searchLogs prints what is found as it comes.
func (a *app) searchLogs(ctx context.Context, c *client.StreamingClient, search client.LogSearch, p *logPrinter) error {
	if err := pingLogs(ctx, c); err != nil {
		return err
	}
	found, more := false, false
	for record, err := range cut(c.SearchLogs(ctx, search), search.Limit-1, &more) {
		if err != nil {
			return err
		}
		found = true
		if err := p.print(record); err != nil {
			return err
		}
	}
	if !found && p.output == "human" && !a.globals.quiet {
		a.notef("nothing is stored that fits")
	}
	a.noteMore(more)
	return nil
}
