package core

import (
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/query"
)

// Selection says what a query is about: the samples of the tenant's series that
// all the matchers match, from Start to before End.
type Selection struct {
	Tenant   string
	Matchers []Matcher
	// Start in Unix nanoseconds, or query.FromFirst.
	Start int64
	// End in Unix nanoseconds, or query.ToLast.
	End int64
	// Wait is what the query waits for first; nil for nothing.
	Wait *apply.Wait
}

func (s *Selection) check() error { return query.CheckSpan("end_time", s.Start, s.End) }

// span is the range of the selection over some of its series.
func (s *Selection) span(series []SeriesID) Range {
	return Range{Series: series, Start: s.Start, End: s.End}
}
