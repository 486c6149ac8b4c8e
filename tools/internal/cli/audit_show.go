package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
	"github.com/sluice-ingest/sluice/tools/internal/instant"
)

// auditFilter selects events.
type auditFilter struct {
	tenant, action, since string
	outcomes              []string

	from time.Time
}

func (f *auditFilter) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.tenant, "tenant", "", "only events of this `tenant`")
	flags.StringVar(&f.action, "action", "", "only this `action`, such as file.delete, or those that begin with what is before a * at its end")
	flags.StringVar(&f.since, "since", "", "only events since this `time`, such as -1h, 2026-11-22 or 2026-11-22T10:00:00Z")
	flags.StringSliceVar(&f.outcomes, "outcome", nil, "only these `outcomes`: ok, refused, failed")
}

// prepare reads the texts of the flags.
func (f *auditFilter) prepare(now time.Time) error {
	for _, outcome := range f.outcomes {
		switch chain.Outcome(outcome) {
		case chain.OK, chain.Refused, chain.Failed:
		default:
			return usageErrorf("--outcome %q is unknown; use ok, refused or failed", outcome)
		}
	}
	if f.since == "" {
		return nil
	}
	from, err := instant.Parse(f.since, now, time.Local)
	if err != nil {
		return usageErrorf("--since: %w", err)
	}
	f.from = time.Unix(0, from)
	return nil
}

func (f *auditFilter) takes(e *chain.Event) bool {
	beginning, open := strings.CutSuffix(f.action, "*")
	switch {
	case f.tenant != "" && e.Tenant != f.tenant,
		!open && f.action != "" && e.Action != f.action,
		open && !strings.HasPrefix(e.Action, beginning),
		e.Time.Before(f.from):
		return false
	}
	if len(f.outcomes) == 0 {
		return true
	}
	for _, outcome := range f.outcomes {
		if e.Outcome == chain.Outcome(outcome) {
			return true
		}
	}
	return false
}

func (a *app) auditShowCommand() *cobra.Command {
	var filter auditFilter
	cmd := &cobra.Command{
		Use: "show FILE...", Short: "List the events of an audit log",
		Long: `List the events of an audit log, the oldest first, up to the first line that does
not hold: that one is told, and the exit code is 1.`,
		Args: args(cobra.MinimumNArgs(1), "at least one FILE, the oldest first"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := filter.prepare(a.env.Now()); err != nil {
				return err
			}
			var events []auditEventView
			_, err := readAudit(args, chain.Options{Each: func(e chain.Event) error {
				if filter.takes(&e) {
					events = append(events, auditEventView{e})
				}
				return nil
			}})
			if _, broken := errors.AsType[*chain.BrokenError](err); err != nil && !broken {
				return err
			}
			return errors.Join(printList(a, auditColumns(), events), err)
		},
	}
	filter.register(cmd.Flags())
	return cmd
}
