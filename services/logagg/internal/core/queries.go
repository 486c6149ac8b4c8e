package core

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

const (
	// pageEntries and pageBytes bound what a search reads at once: about a block
	// of the store, which is read as a whole for any of its entries.
	pageEntries = 8192
	pageBytes   = 2 << 20
	// partEntries and partBytes bound what is handed on at once.
	partEntries = 2000
	partBytes   = 512 << 10
	// maxCountRows is the largest number of rows that a count answers with.
	maxCountRows = 10_000
	// maxCountFields is the largest number of fields that it groups by.
	maxCountFields = 4
)

// Queries answer from the store, each for one tenant. Their errors are problems,
// or the cause for which the context ended. Safe for concurrent use.
type Queries struct {
	store  Store
	waiter apply.Waiter
}

// NewQueries returns the queries over a store.
func NewQueries(store Store, waiter apply.Waiter) *Queries {
	return &Queries{store: store, waiter: waiter}
}

// SearchQuery asks for entries.
type SearchQuery struct {
	Tenant      string
	Filter      Filter
	OldestFirst bool
	// After is the place after which the answer begins. Nil: at the beginning.
	After *Place
	// Limit is the largest number of entries; 0 for no limit.
	Limit int64
	// Wait is what the query waits for first; nil for nothing.
	Wait *apply.Wait
}

// Search hands the answer to sink in parts, and holds one page of it in memory.
// more tells whether something may follow the part. An error of sink ends the
// search and is the search's.
func (q *Queries) Search(ctx context.Context, s *SearchQuery, sink func(found []entry.Entry, more bool) error) error {
	if s.Limit < 0 {
		return problem.InField(problem.FieldInvalid, "limit", "is %d; must be positive, or 0 for no limit", s.Limit)
	}
	if err := s.Wait.Await(ctx, q.waiter); err != nil {
		return err
	}
	remaining := s.Limit
	if remaining == 0 {
		remaining = math.MaxInt64
	}
	page := Search{Tenant: s.Tenant, Filter: s.Filter, OldestFirst: s.OldestFirst, After: s.After, Bytes: pageBytes}
	for {
		page.Limit = int(min(remaining, pageEntries))
		found, more, err := q.store.Search(ctx, &page)
		if err != nil {
			return storage.QueryFailure(ctx, err)
		}
		remaining -= int64(len(found))
		if err := handOn(found, more, sink); err != nil {
			return err
		}
		if !more || remaining == 0 {
			return nil
		}
		last := &found[len(found)-1]
		page.After = &Place{Timestamp: last.Timestamp, ID: last.ID}
	}
}

// handOn hands a page on in parts.
func handOn(found []entry.Entry, more bool, sink func(found []entry.Entry, more bool) error) error {
	for len(found) > 0 {
		size := partOf(found)
		if err := sink(found[:size], more || size < len(found)); err != nil {
			return err
		}
		found = found[size:]
	}
	return nil
}

// partOf is how many of the entries make up a part, at least one.
func partOf(found []entry.Entry) int {
	count, bytes := 0, 0
	for count < min(len(found), partEntries) {
		bytes += sizeOf(&found[count])
		if count > 0 && bytes > partBytes {
			break
		}
		count++
	}
	return count
}

// Count counts entries by group and bucket, once they are as far as wait says.
func (q *Queries) Count(ctx context.Context, c *Count, wait *apply.Wait) ([]CountRow, error) {
	if err := checkCounted(c); err != nil {
		return nil, err
	}
	if err := wait.Await(ctx, q.waiter); err != nil {
		return nil, err
	}
	rows, err := q.store.Count(ctx, c, maxCountRows+1)
	if err != nil {
		return nil, storage.QueryFailure(ctx, err)
	}
	if len(rows) > maxCountRows {
		return nil, problem.New(problem.QueryTooLarge,
			"the answer has more than %d rows; group by less, take larger buckets or select less", maxCountRows)
	}
	return rows, nil
}

func checkCounted(c *Count) error {
	if err := query.CheckBucket(c.Bucket); err != nil {
		return err
	}
	if err := checkCount("by_fields", len(c.ByFields), maxCountFields); err != nil {
		return err
	}
	for i, name := range c.ByFields {
		field := fmt.Sprintf("by_fields[%d]", i)
		if err := checkFieldName(field, name); err != nil {
			return err
		}
		if slices.Contains(c.ByFields[:i], name) {
			return problem.InField(problem.FieldInvalid, field, "repeats %s; name each field once", name)
		}
	}
	return nil
}
