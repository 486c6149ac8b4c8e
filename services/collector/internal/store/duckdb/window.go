package duckdb

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

const (
	// windowGrowth is how much longer the next window is when one had too few
	// rows.
	windowGrowth = 4
	// windowMargin is how many more rows than needed a window should have.
	windowMargin = 1.25
	// firstWindow is the first window of all.
	firstWindow = float64(time.Minute)
)

// windows cuts a span into windows of time that have about as many rows as a
// page. A page sorts the rows of its windows only, so that reading a long span
// page by page does not sort the rest of it for each page.
type windows struct {
	rest duckdb.Span
	// first is the length of the first window, and length that of the next.
	first, length float64
	bucket        time.Duration
}

// next returns the next window. With buckets it ends where one does.
func (w *windows) next() (duckdb.Span, bool) {
	if w.rest.Empty() {
		return duckdb.Span{}, false
	}
	window := w.rest
	if left := float64(w.rest.Last) - float64(w.rest.First); w.length < left {
		window.Last = w.endOf(w.rest.First, int64(min(w.length, math.MaxInt64/2)))
	}
	w.length *= windowGrowth
	if window.Last == math.MaxInt64 {
		w.rest = nothing
	} else {
		w.rest.First = window.Last + 1
	}
	return window, true
}

// endOf returns the end of a window of a length, or the span's.
func (w *windows) endOf(first, length int64) int64 {
	if uint64(w.rest.Last)-uint64(first) < uint64(length) {
		return w.rest.Last
	}
	end := first + length
	if w.bucket == 0 {
		return end
	}
	left := int64(w.bucket) - 1 - duckdb.Past(end, w.bucket)
	if uint64(w.rest.Last)-uint64(end) < uint64(left) {
		return w.rest.Last
	}
	return end + left
}

// skipGap goes on with the first sample that is left, after an empty window.
func (w *windows) skipGap(ctx context.Context, conn *engine.Conn, selected selection) error {
	condition := selected.condition() + inSpan(w.rest)
	rows, err := conn.Query(ctx, "SELECT min(ts) FROM samples WHERE "+condition+" HAVING count(*) > 0")
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		w.rest = nothing
		return nil
	}
	w.rest.First, w.length = engine.Numbers[int64](rows, 0)[0], w.first
	return nil
}

// density is how many samples of a series there are in a nanosecond, as the
// last query saw it. It only makes the first window of the next one fit.
type density struct {
	bits atomic.Uint64
}

// window returns the length of a window that has so many rows.
func (d *density) window(rows, series int) float64 {
	known := math.Float64frombits(d.bits.Load())
	if known == 0 {
		return firstWindow
	}
	return windowMargin * float64(rows) / float64(series) / known
}

// note notes that so many rows of the series were found up to a key.
func (d *density) note(rows, series int, from, to int64) {
	if rows > 0 && to > from {
		d.bits.Store(math.Float64bits(float64(rows) / float64(series) / (float64(to) - float64(from))))
	}
}
