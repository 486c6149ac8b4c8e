package core

import (
	"context"
)

// Queries answer from the store, each for one tenant. Their errors are problems,
// or the cause for which the context ended. Safe for concurrent use.
type Queries struct {
	store  Store
	index  SeriesIndex
	waiter Waiter
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
func NewQueries(store Store, index SeriesIndex, waiter Waiter) *Queries {
	return &Queries{store: store, index: index, waiter: waiter}
}

// resolve waits for what the query wants to see, then selects its series.
func (q *Queries) resolve(ctx context.Context, s *Selection) ([]SeriesID, error) {
	if err := q.wait(ctx, s.Wait); err != nil {
		return nil, err
	}
	return q.index.Select(s.Tenant, s.Matchers), nil
}
