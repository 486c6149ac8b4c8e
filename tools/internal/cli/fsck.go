package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/tools/internal/fsck"
)

// errUnsound says that a data folder has lost something.
var errUnsound = errors.New("the journal is damaged: what it held there, and the store lacks, is lost")

func (a *app) fsckCommand() *cobra.Command {
	var records bool
	var key string
	cmd := &cobra.Command{
		Use: "fsck DIR", Short: "Explain the journal in the data folder of a collector or log service, and change nothing",
		Long: `Explain the journal in the data folder of a collector or log service, and change
nothing.

Tells what is in the journal that the store has not made superfluous yet: its
segments, the records, the frames of each producer with gaps between them, what
a crash left torn at the end, and every damage with its place. A position is a
number of bytes since the journal began. No text of a log entry is printed.

The store beside the journal, points.duckdb or logs.duckdb, tells whose it is. A
journal alone is taken for that of the service which most of its records fit; the
report says which.

Of records that are encrypted only the framing is checked, unless --key names the
outer key: the value that encryption.key has in the service's configuration.

The exit code is 1 when something is damaged or missing. A torn end is no damage:
nothing of it was acknowledged. Nor does a damaged header of a segment cost a
record: it is told and fails nothing. While the service runs, what it is writing may
look torn.`,
		Args: args(cobra.ExactArgs(1), "one DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var each func(fsck.Record) error
			if records {
				each = a.printJournalRecord
			}
			keys, err := openJournalKeys(cmd.Context(), key)
			if err != nil {
				return err
			}
			report, err := fsck.Examine(args[0], keys, each)
			if err != nil {
				return err
			}
			if err := a.printReport(report); err != nil {
				return err
			}
			if !report.Sound() {
				return errUnsound
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "outer key of encrypted records, as in encryption.key")
	cmd.Flags().BoolVar(&records, "records", false, "list every record before the report")
	return without(cmd, connection()...)
}

// openJournalKeys opens an outer key, or none if it has no name.
func openJournalKeys(ctx context.Context, key string) (journal.Keys, error) {
	if key == "" {
		return nil, nil
	}
	keys, err := seal.Open(ctx, seal.Config{Key: key}, nil)
	if err != nil {
		return nil, err
	}
	return journal.KeysOf(keys), nil
}

// printJournalRecord writes a record as a line.
func (a *app) printJournalRecord(r fsck.Record) error {
	view := viewJournalRecord(r)
	switch {
	case a.globals.json:
		return printJSON(a.env.Stdout, view)
	case a.globals.quiet:
		return nil
	}
	return a.printf("%s\n", view.line())
}

// printReport writes the report as an object, or as lists.
func (a *app) printReport(r *fsck.Report) error {
	if a.globals.json {
		return printJSON(a.env.Stdout, r)
	}
	if err := a.printItem(r, reportProperties(r)); err != nil || a.globals.quiet {
		return err
	}
	for _, table := range [][][]string{segmentRows(r), producerRows(r), damageRows(r)} {
		if len(table) < 2 {
			continue
		}
		if err := a.printf("\n"); err != nil {
			return err
		}
		if err := printTable(a.env.Stdout, table); err != nil {
			return err
		}
	}
	return nil
}

func showMoment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000 MST")
}
