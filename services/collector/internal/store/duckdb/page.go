package duckdb

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// page reads the first rows of a range after a place.
type page struct {
	core.Range

	bucket time.Duration
	after  *core.SampleKey
	limit  int
}

// span is what is left after the place.
func (p *page) span() duckdb.Span {
	s := duckdb.SpanOf(p.Start, p.End)
	if p.after != nil {
		s.First = max(s.First, p.after.Time)
	}
	return s
}

// and is the condition, to be added to others, that a row of the first window
// is after the place. moment is the row's timestamp or the bucket's start.
func (p *page) and(moment string) string {
	if p.after == nil {
		return ""
	}
	return fmt.Sprintf(" AND (%s > %s OR series > %d)", moment, duckdb.BigInt(p.after.Time), p.after.Series)
}

// read runs a query for each window until there are enough rows. query makes
// one with a condition and a limit; take reads its rows and returns the number
// of all rows so far and the last one's time.
func (p *page) read(
	ctx context.Context, conn *engine.Conn, d *density,
	query func(condition string, limit int) string, take func(rows *engine.Rows) (int, int64),
) error {
	selected, err := selectSeries(ctx, conn, p.Series, nil)
	if err != nil {
		return err
	}
	moment := "ts"
	if p.bucket != 0 {
		moment = floorOf(p.bucket, p.span().First)
	}
	place := p.and(moment)
	first := p.firstWindow(d)
	w := windows{rest: p.span(), first: first, length: first, bucket: p.bucket}
	count, last := 0, int64(math.MinInt64)
	for count < p.limit {
		window, more := w.next()
		if !more {
			break
		}
		rows, err := conn.Query(ctx, query(selected.condition()+inSpan(window)+place, p.limit-count))
		if err != nil {
			return err
		}
		before := count
		count, last = take(rows)
		rows.Close()
		place = ""
		if count == before && !w.rest.Empty() {
			if err := w.skipGap(ctx, conn, selected); err != nil {
				return err
			}
		}
	}
	if p.bucket == 0 {
		d.note(count, len(p.Series), p.span().First, last)
	}
	return nil
}

// firstWindow is long enough for a page of samples; for one of buckets, also
// long enough for so many buckets if each series has all of them.
func (p *page) firstWindow(d *density) float64 {
	length := d.window(p.limit, len(p.Series))
	if p.bucket == 0 {
		return length
	}
	return max(length, float64(p.bucket)*float64(max(1, p.limit/len(p.Series))))
}
