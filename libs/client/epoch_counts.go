package client

import (
	"fmt"
	"strings"
)

// epochCounts are the items of a producer's epoch by what became of them.
type epochCounts struct {
	// accepted, filtered and rejected are all the items. Points are never
	// filtered.
	accepted, filtered, rejected int64
	// redacted is a part of accepted.
	redacted int64
	// byReason are the rejected ones by the name of the reason.
	byReason map[string]int64
}

// total is the number of items.
func (c *epochCounts) total() int64 { return c.accepted + c.filtered + c.rejected }

// since returns what came to the counts after earlier ones.
func (c *epochCounts) since(earlier *epochCounts) *epochCounts {
	news := &epochCounts{
		accepted: c.accepted - earlier.accepted,
		filtered: c.filtered - earlier.filtered,
		rejected: c.rejected - earlier.rejected,
		redacted: c.redacted - earlier.redacted,
		byReason: map[string]int64{},
	}
	for reason, count := range c.byReason {
		if more := count - earlier.byReason[reason]; more != 0 {
			news.byReason[reason] = more
		}
	}
	return news
}

// reasonCount is the generated count of one reason E.
type reasonCount[E fmt.Stringer] interface {
	GetReason() E
	GetCount() int64
}

// countReasons returns the counts by the names of the reasons without their
// prefix.
func countReasons[C reasonCount[E], E fmt.Stringer](counts []C, prefix string) map[string]int64 {
	byReason := make(map[string]int64, len(counts))
	for _, c := range counts {
		byReason[strings.TrimPrefix(c.GetReason().String(), prefix)] += c.GetCount()
	}
	return byReason
}
