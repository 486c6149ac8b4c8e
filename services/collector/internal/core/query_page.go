package core

import (
	"context"
	"math"
	"time"

	"github.com/sluice-ingest/sluice/libs/storage"
)

// queryPageRows is how many samples or buckets are read at once: enough to make
// the cost of the read itself small, few enough to hold the pages of many
// queries.
const queryPageRows = 16_384

// pager hands an answer to its sink page by page, each read after the last row
// of the one before.
type pager struct {
	store  Store
	index  SeriesIndex
	span   Range
	bucket time.Duration
	sink   SampleSink

	// after is the last row that was read, or nil.
	after *SampleKey
	// remaining is how many rows the sink may still get.
	remaining int64
	// defined has true for the series that the sink knows and false for those
	// that were not there any more.
	defined map[SeriesID]bool
}

func newPager(q *Queries, query *SamplesQuery, series []SeriesID, sink SampleSink) *pager {
	p := &pager{
		store: q.store, index: q.index, span: query.span(series), bucket: query.Bucket, sink: sink,
		remaining: query.Limit, defined: map[SeriesID]bool{},
	}
	if query.Limit == 0 {
		p.remaining = math.MaxInt64
	}
	return p
}

func (p *pager) run(ctx context.Context) error {
	handPage := p.handSamples
	if p.bucket != 0 {
		handPage = p.handBuckets
	}
	for p.remaining > 0 {
		limit := int(min(p.remaining, queryPageRows))
		read, err := handPage(ctx, limit)
		if err != nil || read < limit {
			return err
		}
	}
	return nil
}

// handSamples hands on the next page and returns how many samples it had.
func (p *pager) handSamples(ctx context.Context, limit int) (int, error) {
	page, err := p.store.ReadSamples(ctx, p.span, p.after, limit)
	if err != nil {
		return 0, storage.QueryFailure(ctx, err)
	}
	for i, id := range page.Series {
		if there, err := p.define(id); err != nil {
			return 0, err
		} else if !there {
			continue
		}
		if err := p.sink.Sample(SampleKey{Time: page.Timestamps[i], Series: id}, page.Values[i]); err != nil {
			return 0, err
		}
		p.remaining--
	}
	if last := page.Len() - 1; last >= 0 {
		p.after = &SampleKey{Time: page.Timestamps[last], Series: page.Series[last]}
	}
	return page.Len(), nil
}

// handBuckets hands on the next page and returns how many buckets it had.
func (p *pager) handBuckets(ctx context.Context, limit int) (int, error) {
	page, err := p.store.ReadBuckets(ctx, p.span, p.bucket, p.after, limit)
	if err != nil {
		return 0, storage.QueryFailure(ctx, err)
	}
	for i := range page {
		if there, err := p.define(page[i].Series); err != nil {
			return 0, err
		} else if !there {
			continue
		}
		if err := p.sink.Bucket(&page[i]); err != nil {
			return 0, err
		}
		p.remaining--
	}
	if len(page) > 0 {
		p.after = &page[len(page)-1].SampleKey
	}
	return len(page), nil
}

// define makes the series known to the sink, and returns false for one that is
// not there any more.
func (p *pager) define(id SeriesID) (bool, error) {
	if there, seen := p.defined[id]; seen {
		return there, nil
	}
	series, there := p.index.Series(id)
	p.defined[id] = there
	if !there {
		return false, nil
	}
	return true, p.sink.Define(series)
}
