package core

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/apply"
)

// Queries answer from the store, each for one tenant. Their errors are problems,
// or the cause for which the context ended. Safe for concurrent use.
type Queries struct {
	store  Store
	index  SeriesIndex
	waiter apply.Waiter
}

// SeriesIndex knows the series. Safe for concurrent use.
type SeriesIndex interface {
	// Select returns the tenant's series that all the matchers match, in
	// ascending order.
	Select(tenant string, matchers []Matcher) []SeriesID
	// Series returns a series, and false for one that is not there any more.
	Series(id SeriesID) (Series, bool)
}

// NewQueries returns the queries over a store and the index of its series.
func NewQueries(store Store, index SeriesIndex, waiter apply.Waiter) *Queries {
	return &Queries{store: store, index: index, waiter: waiter}
}

// resolve waits for what the query wants to see, then selects its series.
func (q *Queries) resolve(ctx context.Context, s *Selection) ([]SeriesID, error) {
	if err := s.Wait.Await(ctx, q.waiter); err != nil {
		return nil, err
	}
	return q.index.Select(s.Tenant, s.Matchers), nil
}
