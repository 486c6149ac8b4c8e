package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/logsend"
)

func (a *app) logsTailCommand(logs *logsFlags) *cobra.Command {
	var filter logFilterFlags
	var output logOutputFlags
	cmd := &cobra.Command{
		Use: "tail", Short: "Print entries as they are accepted, until interrupted",
		Long: `Print entries as they are accepted, until interrupted.

When they come faster than they can be printed the service leaves some out and
tells how many. A connection that breaks is made again; what came meanwhile is
found by search.`,
		Args: args(cobra.NoArgs, "no arguments; give --text, --application, --field and others"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			location, err := logs.location()
			if err != nil {
				return err
			}
			printer, err := output.printer(a, cmd.Flags(), location)
			if err != nil {
				return err
			}
			selected, err := filter.filter()
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.tailLogs(ctx, c, selected, printer)
			})
		},
	}
	filter.register(cmd.Flags())
	output.register(cmd.Flags())
	return cmd
}

// tailLogs prints until it is stopped. --timeout ends it well.
func (a *app) tailLogs(ctx context.Context, c *client.StreamingClient, filter client.LogFilter, p *logPrinter) error {
	if err := pingLogs(ctx, c); err != nil {
		return err
	}
	for event, err := range c.TailLogs(ctx, filter) {
		if err != nil && a.timedOut(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.printTailEvent(event, p); err != nil {
			return err
		}
	}
	return nil
}

// tailEventView is what is told of a tail beside its entries, as JSON.
type tailEventView struct {
	// Event is started, missed or gap.
	Event   string           `json:"event"`
	Missed  int64            `json:"missed_count,omitempty"`
	Failure *failure.Failure `json:"failure,omitempty"`
}

func (a *app) printTailEvent(e client.TailEvent, p *logPrinter) error {
	if e.Kind == client.TailRecord {
		return p.print(e.Record)
	}
	if p.output == "json" {
		view := tailEventView{Event: e.Kind.String(), Missed: e.Missed}
		if e.Failure != nil {
			told := failure.Of(e.Failure)
			view.Failure = &told
		}
		return printJSON(a.env.Stdout, view)
	}
	switch e.Kind {
	case client.TailMissed:
		a.notef("… %s missed, since they came faster than they were printed; search finds them", logsend.Count(e.Missed))
	case client.TailGap:
		a.notef("… cut, again in %s: %s; search finds what comes meanwhile", human.Duration(e.Pause), failure.Brief(e.Failure))
	case client.TailStarted:
		if !a.globals.quiet {
			a.notef("waiting for entries")
		}
	case client.TailRecord:
	}
	return nil
}
