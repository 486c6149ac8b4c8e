package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/tools/internal/fsck"
)

// errUnsound says that a data folder has lost something.
var errUnsound = errors.New("the journal is damaged: what it held there, and the store lacks, is lost")

func (a *app) fsckCommand() *cobra.Command {
	var check filesCheck
	var records bool
	cmd := &cobra.Command{
		Use: "fsck [DIR]", Short: "Check the data folder of a service, and change nothing",
		Long: fsckHelp,
		Args: args(cobra.MaximumNArgs(1), "at most one DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				check.dir = args[0]
			}
			switch {
			case check.dir == "" && check.config == "":
				return usageErrorf("give the DIR of a service, or --config for a file service")
			case check.config == "" && !fsck.IsFilesFolder(check.dir):
				return a.fsckJournal(cmd.Context(), &check, records)
			case records:
				return usageErrorf("--records lists those of a journal, which a file service has not")
			}
			return a.fsckFiles(cmd.Context(), check)
		},
	}
	cmd.Flags().StringVar(&check.key, "key", "", "outer key of what is encrypted, as in encryption.key")
	cmd.Flags().BoolVar(&records, "records", false, "list every record of a journal before the report")
	cmd.Flags().BoolVar(&check.deep, "deep", false, "of files read all content and compare its SHA-256")
	cmd.Flags().StringVar(&check.config, "config", "", "configuration `file` of the file service, if it is not all in DIR")
	cmd.Flags().StringVar(&check.binary, "binary", "", "`path` of the file service's executable; looked for by default")
	return without(cmd, connection()...)
}

const fsckHelp = `Check the data folder of a service, and change nothing.

Of a collector or log service it explains the journal: what is in it that the
store has not made superfluous yet, its segments, the records, the frames of each
producer with gaps between them, what a crash left torn at the end, and every
damage with its place. A position is a number of bytes since the journal began. No
text of a log entry is printed.

The store beside the journal, points.duckdb or logs.duckdb, tells whose it is. A
journal alone is taken for that of the service which most of its records fit; the
report says which. Of records that are encrypted only the framing is checked,
unless --key names the outer key: the value that encryption.key has in the
service's configuration.

Of a file service it compares the catalog with the content, both ways: each file
has its content, of the right size or with --deep of the right SHA-256; all content
belongs to something; unfinished uploads have what was acknowledged of them; the
usage of each tenant is the sum of what it has. Without --deep it also tells what the
service has found damaged. sluice-fileupload does that, which has to be there, and to
be stopped, unless it keeps the catalog in PostgreSQL. With --config the service's
configuration tells where catalog and content are.

The exit code is 1 when something is damaged or missing. Neither a torn end of a
journal nor content that belongs to no file is: nothing of it was acknowledged, or
it was deleted. Nor does a damaged header of a segment cost a record: it is told
and fails nothing. While the service runs, what it is writing to a journal may
look torn.`

// fsckJournal explains a journal.
func (a *app) fsckJournal(ctx context.Context, check *filesCheck, records bool) error {
	if check.deep || check.binary != "" {
		return usageErrorf("--deep and --binary are for the data folder of a file service; %s has neither catalog.db nor STORE_ID", check.dir)
	}
	var each func(fsck.Record) error
	if records {
		each = a.printJournalRecord
	}
	keys, err := openJournalKeys(ctx, check.key)
	if err != nil {
		return err
	}
	report, err := fsck.Examine(check.dir, keys, each)
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
}

// openJournalKeys opens an outer key, or none if it has no name.
func openJournalKeys(ctx context.Context, key string) (journal.Keys, error) {
	if key == "" {
		return nil, nil
	}
	keys, err := seal.Open(ctx, seal.Config{Key: key}, nil)
	if err != nil {
		return nil, fmt.Errorf("--key, as %w", err)
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
	return a.printTables(segmentRows(r), producerRows(r), damageRows(r))
}

func showMoment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000 MST")
}
