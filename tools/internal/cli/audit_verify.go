package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

func (a *app) auditVerifyCommand() *cobra.Command {
	var heads []string
	cmd := &cobra.Command{
		Use: "verify FILE...", Short: "Find out whether an audit log is as its server wrote it",
		Long: `Find out whether an audit log is as its server wrote it.

Each line has the hash of the one before: a line that was changed, removed,
inserted or moved breaks the chain, and is told with its place. Give the files
of a log from the oldest to the newest, as their names sort with the newest last:

  sluice audit verify audit.jsonl.* audit.jsonl

A file can't tell that its end was cut off or that the whole was written anew. A
server logs the head of its chain when it starts, begins a new file and stops, as
head_hash: give those that you have kept elsewhere with --head.

The exit code is 1 when the chain is broken.`,
		Args: args(cobra.MinimumNArgs(1), "at least one FILE, the oldest first"),
		RunE: func(_ *cobra.Command, args []string) error {
			expected, err := parseHeads(heads)
			if err != nil {
				return err
			}
			report, err := readAudit(args, chain.Options{Heads: expected})
			broken, isBreak := errors.AsType[*chain.BrokenError](err)
			if err != nil && !isBreak {
				return err
			}
			return a.printAudit(auditView{Intact: err == nil, Report: report, Break: broken}, len(expected))
		},
	}
	cmd.Flags().StringArrayVar(&heads, "head", nil, "`hash` that has to be in the chain, from the server's log; may be repeated")
	return cmd
}

func parseHeads(texts []string) ([]chain.Hash, error) {
	var heads []chain.Hash
	for _, text := range texts {
		head, err := chain.ParseHash(text)
		if err != nil {
			return nil, usageErrorf("--head %s: %w", human.Text(text), err)
		}
		heads = append(heads, head)
	}
	return heads, nil
}

// readAudit verifies the files in order.
func readAudit(paths []string, opts chain.Options) (*chain.Report, error) {
	var sources []chain.Source
	defer func() {
		for _, source := range sources {
			_ = source.Reader.(*os.File).Close() // It was only read.
		}
	}()
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("open the audit log: %w", err)
		}
		sources = append(sources, chain.Source{Name: path, Reader: file})
	}
	return chain.Verify(opts, sources...)
}

// auditView is what became of a verification.
type auditView struct {
	Intact bool `json:"intact"`
	*chain.Report
	Break *chain.BrokenError `json:"break,omitempty"`
}

// printAudit tells the result, and returns the break as the command's error.
func (a *app) printAudit(view auditView, heads int) error {
	if err := a.printItem(view, auditProperties(view, heads)); err != nil {
		return err
	}
	if view.Break == nil {
		return nil
	}
	if a.globals.json {
		a.notef("sluice: %s", human.Text(view.Break.Error())) // It is in the object already.
		return reportedError{view.Break}
	}
	return view.Break
}

func auditProperties(view auditView, heads int) []property {
	properties := []property{{"lines that hold", humanize.Comma(view.Events)}}
	if view.Events > 0 {
		from := fmt.Sprintf("%d to %d", view.First, view.Head.Sequence)
		if view.First > 1 {
			from += "; the lines before are in older files, or were removed"
		}
		properties = append(properties, property{"sequences", from}, property{"head", view.Head.Hash.String()})
	}
	switch {
	case view.Break != nil:
		return append(properties, property{"chain", "broken"})
	case heads == 0:
		return append(properties, property{"chain", "intact; give --head to find out whether its end was cut off"})
	}
	return append(properties, property{"chain", "intact, with " + human.Count(heads, "expected head")})
}
