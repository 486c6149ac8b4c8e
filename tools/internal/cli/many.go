package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// maxPage is the largest page that a service gives.
const maxPage = 1000

// limitFlag adds --limit to a list of things.
func limitFlag(cmd *cobra.Command, limit *int, things string) {
	cmd.Flags().IntVar(limit, "limit", 100, "list at most this many "+things+"; 0 means all")
}

// collect reads pages until it has limit things or there are no more, and
// tells whether there are. A limit of 0 means all.
func collect[T any](limit int, page func(size int32, cursor string) ([]T, string, error)) (all []T, more bool, err error) {
	if limit < 0 {
		return nil, false, usageErrorf("--limit %d is negative; 0 means all", limit)
	}
	for cursor := ""; ; {
		size := maxPage
		if limit > 0 {
			size = min(maxPage, limit-len(all))
		}
		things, next, err := page(int32(size), cursor)
		if err != nil {
			return nil, false, err
		}
		all = append(all, things...)
		if next == "" || len(all) == limit {
			return all, next != "", nil
		}
		cursor = next
	}
}

// noteMore tells that a list was cut at its limit.
func (a *app) noteMore(more bool) {
	if more && !a.globals.quiet {
		a.notef("… more; use --limit N, or --limit 0 for all")
	}
}

// forEach does something for each identifier and goes on after a failure. The
// failures are told as they come.
func (a *app) forEach(ids []string, do func(id string) error) error {
	var failed []error
	for _, id := range ids {
		if err := do(id); err != nil {
			a.fail(id, err)
			failed = append(failed, fmt.Errorf("%s: %w", id, err))
		}
	}
	if err := errors.Join(failed...); err != nil {
		return reportedError{err}
	}
	return nil
}

func mapped[From, To any](items []From, convert func(From) To) []To {
	converted := make([]To, 0, len(items))
	for _, i := range items {
		converted = append(converted, convert(i))
	}
	return converted
}
