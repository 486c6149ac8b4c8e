package core

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

func newTails() *Tails { return NewTails(func() journal.Position { return 0 }) }

func all() Filter { return Filter{Start: math.MinInt64, End: math.MaxInt64} }

// rowsOf are rows of a tenant with the numbers from first on as messages.
func rowsOf(tenant string, first, count int) []Row {
	var rows []Row
	for i := range count {
		rows = append(rows, Row{Tenant: tenant, Entry: entry.Entry{
			ID: int64(first + i), Application: "a", Message: fmt.Sprintf("%05d", first+i), Fields: []entry.Field{{Name: "k", Value: "v"}},
		}})
	}
	return rows
}

// heldEntries is how many of rowsOf a tail holds.
var heldEntries = maxTailBytes / sizeOf(&rowsOf("acme", 1, 1)[0].Entry)

func follow(t *testing.T, tails *Tails, tenant string, filter Filter) *Tail {
	t.Helper()
	tail, err := tails.Follow(tenant, filter)
	require.NoError(t, err)
	return tail
}

func TestATenantLeavesTailsToOthers(t *testing.T) {
	tails := newTails()
	open := map[string]int{}
	for _, tenant := range []string{"acme", "other", "third"} {
		for {
			tail, err := tails.Follow(tenant, all())
			if err != nil {
				require.Equal(t, problem.RateLimited, problem.ReasonOf(err))
				break
			}
			t.Cleanup(tail.Close)
			open[tenant]++
		}
	}
	require.Equal(t, map[string]int{"acme": 32, "other": 16, "third": 8}, open)
}

func TestTailsAreBounded(t *testing.T) {
	tails := newTails()
	first := follow(t, tails, "0", all())
	for i := range maxTails - 1 {
		follow(t, tails, strconv.Itoa(i+1), all())
	}
	_, err := tails.Follow("other", all())
	require.Equal(t, problem.RateLimited, problem.ReasonOf(err))
	first.Close()
	follow(t, tails, "other", all())
}

func TestAReaderThatKeepsUpMissesNothingOfALargeFrame(t *testing.T) {
	tails := newTails()
	tail := follow(t, tails, "acme", all())
	tails.publish(rowsOf("acme", 1, DefaultLimits().FrameItems), 1)
	ids, missed := next(t, tail)
	require.Len(t, ids, DefaultLimits().FrameItems)
	require.Zero(t, missed)
}

func TestATailThatTakesTooLongIsEnded(t *testing.T) {
	tails := newTails()
	filter := all()
	filter.Fields = []FieldMatcher{{Name: "k", Comparison: query.Comparison{Pattern: regexp.MustCompile("^(x*x?){100}y$")}}}
	tail := follow(t, tails, "acme", filter)
	rows := rowsOf("acme", 1, 1000)
	for i := range rows {
		rows[i].Fields[0].Value = strings.Repeat("x", 16<<10)
	}
	began := time.Now()
	tails.publish(rows, 1)
	require.Less(t, time.Since(began), 20*time.Second)
	_, _, err := tail.Next(t.Context())
	require.Equal(t, problem.QueryTooLarge, problem.ReasonOf(err))
}

func next(t *testing.T, tail *Tail) (ids []int64, missed int64) {
	t.Helper()
	entries, missed, err := tail.Next(t.Context())
	require.NoError(t, err)
	for i := range entries {
		ids = append(ids, entries[i].ID)
	}
	return ids, missed
}

func TestATailGetsWhatItSelectsOfItsTenant(t *testing.T) {
	tails := newTails()
	filter := all()
	filter.Texts = []TextMatcher{{Text: "1"}}
	tail := follow(t, tails, "acme", filter)
	defer tail.Close()
	tails.publish(rowsOf("acme", 9, 3), 1)
	tails.publish(rowsOf("other", 11, 1), 1)
	ids, missed := next(t, tail)
	require.Equal(t, []int64{10, 11}, ids)
	require.Zero(t, missed)
	tails.publish(rowsOf("acme", 12, 1), 1)
	ids, _ = next(t, tail)
	require.Equal(t, []int64{12}, ids)
}

func TestATailThatIsClosedGetsNothing(t *testing.T) {
	tails := newTails()
	tail := follow(t, tails, "acme", all())
	tail.Close()
	tails.publish(rowsOf("acme", 1, 1), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := tail.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestASlowReaderIsToldHowManyItMissed(t *testing.T) {
	tails := newTails()
	tail := follow(t, tails, "acme", all())
	defer tail.Close()
	tails.publish(rowsOf("acme", 1, heldEntries+5), 1)
	tails.publish(rowsOf("acme", 5000, 2), 1)
	ids, missed := next(t, tail)
	require.Len(t, ids, heldEntries)
	require.Equal(t, int64(heldEntries), ids[heldEntries-1])
	require.Equal(t, int64(7), missed)
	tails.publish(rowsOf("acme", 6000, 1), 1)
	ids, missed = next(t, tail)
	require.Equal(t, []int64{6000}, ids)
	require.Zero(t, missed)
}

func TestATailHoldsFewBytes(t *testing.T) {
	tails := newTails()
	tail := follow(t, tails, "acme", all())
	defer tail.Close()
	rows := rowsOf("acme", 1, 3)
	for i := range rows {
		rows[i].Message = strings.Repeat("m", maxTailBytes)
	}
	tails.publish(rows, 1)
	ids, missed := next(t, tail)
	require.Equal(t, []int64{1}, ids, "one entry is taken however large it is")
	require.Equal(t, int64(2), missed)
}

func TestATailHoldsNoBatchInMemory(t *testing.T) {
	tails := newTails()
	tail := follow(t, tails, "acme", all())
	defer tail.Close()
	rows := rowsOf("acme", 1, 1)
	tails.publish(rows, 1)
	rows[0].Fields[0].Value = "changed"
	entries, _, err := tail.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, "v", entries[0].Field("k"))
}

func TestATailGetsNothingFromBeforeItBegan(t *testing.T) {
	tails := NewTails(func() journal.Position { return 100 })
	tail, err := tails.Follow("acme", all())
	require.NoError(t, err)
	defer tail.Close()
	tails.publish(rowsOf("acme", 1, 1), 100)
	tails.publish(rowsOf("acme", 2, 1), 101)
	ids, missed := next(t, tail)
	require.Equal(t, []int64{2}, ids)
	require.Zero(t, missed)
}
