package core

import (
	"context"
	"slices"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// SeriesQuery asks for a page of the series that have samples.
type SeriesQuery struct {
	Tenant   string
	Matchers []Matcher
	// Wait is what the query waits for first; nil for nothing.
	Wait *apply.Wait
	// After is the last series of the page before, or 0.
	After SeriesID
	// Limit is the largest number of series, at least 1.
	Limit int
}

// SeriesSummary tells what is stored of a series.
type SeriesSummary struct {
	Series
	Extent
}

// SeriesPage is a page of series, in ascending order of their IDs.
type SeriesPage struct {
	Series []SeriesSummary
	// Next is what to ask for the next page after, or 0 when this is the last.
	Next SeriesID
}

// Series returns a page. It may have fewer series than asked for and not be the
// last one.
func (q *Queries) Series(ctx context.Context, query *SeriesQuery) (SeriesPage, error) {
	if err := query.Wait.Await(ctx, q.waiter); err != nil {
		return SeriesPage{}, err
	}
	ids := after(query.After, q.index.Select(query.Tenant, query.Matchers))
	var page SeriesPage
	// A piece without any samples, of series that nothing is stored of yet, is
	// no page.
	for len(ids) > 0 && len(page.Series) == 0 {
		piece := ids[:min(query.Limit, len(ids))]
		ids = ids[len(piece):]
		found, err := q.summaries(ctx, piece)
		if err != nil {
			return SeriesPage{}, err
		}
		page.Series = found
		if page.Next = 0; len(ids) > 0 {
			page.Next = piece[len(piece)-1]
		}
	}
	return page, nil
}

// after returns those of the ascending ids that are greater than last.
func after(last SeriesID, ids []SeriesID) []SeriesID {
	i, found := slices.BinarySearch(ids, last)
	if found {
		i++
	}
	return ids[i:]
}

// summaries are those of the series that have samples.
func (q *Queries) summaries(ctx context.Context, ids []SeriesID) ([]SeriesSummary, error) {
	extents, err := q.store.Extents(ctx, ids)
	if err != nil {
		return nil, storage.QueryFailure(ctx, err)
	}
	var found []SeriesSummary
	for i, extent := range extents {
		series, there := q.index.Series(ids[i])
		if there && extent.Count > 0 {
			found = append(found, SeriesSummary{Series: series, Extent: extent})
		}
	}
	return found, nil
}
