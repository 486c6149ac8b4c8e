package storetest

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

var applyContracts = []contract{
	{"A_new_store_is_empty", aNewStoreIsEmpty},
	{"What_was_applied_is_there_after_reopening", appliedSurvivesReopening},
	{"An_empty_batch_moves_the_position", emptyBatchMovesThePosition},
	{"Odd_entries_come_back_as_they_were", oddEntriesComeBack},
	{"Large_entries_come_back_as_they_were", largeEntriesComeBack},
	{"A_large_batch_comes_back", largeBatchComesBack},
	{"Many_small_batches_come_back", smallBatchesComeBack},
	{"Entries_of_one_batch_belong_to_their_tenants", tenantsAreApart},
	{"A_batch_is_not_referred_to_afterwards", batchIsNotReferredTo},
}

func aNewStoreIsEmpty(t *testing.T, f *fixture) {
	require.Zero(t, f.positionNow())
	last, err := f.LastEntryID(t.Context())
	require.NoError(t, err)
	require.Zero(t, last)
	tenants, err := f.Tenants(t.Context())
	require.NoError(t, err)
	require.Empty(t, tenants)
	f.requireAll(tenant)
	rows, err := f.Count(t.Context(), &core.Count{Tenant: tenant, Filter: all()}, 10)
	require.NoError(t, err)
	require.Empty(t, rows)
}

func appliedSurvivesReopening(t *testing.T, f *fixture) {
	f.apply(
		entry.Entry{
			Application: "shop", Level: entry.Warn, Timestamp: 30, Message: "slow", Category: "load", Redacted: true,
			Fields: []entry.Field{{Name: "z", Value: "1"}, {Name: "a", Value: "2"}}, LevelText: "W",
		},
		entry.Entry{Application: "cart", Level: entry.Info, Timestamp: 10, Message: "in"},
	)
	for range 2 {
		f.requireAll(tenant)
		require.Equal(t, f.position, f.positionNow())
		last, err := f.LastEntryID(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 2, last)
		f.reopen()
	}
}

func emptyBatchMovesThePosition(t *testing.T, f *fixture) {
	f.apply()
	require.EqualValues(t, 100, f.positionNow())
	require.NoError(t, f.Apply(t.Context(), &core.Batch{Position: math.MaxInt64}))
	require.EqualValues(t, int64(math.MaxInt64), f.positionNow())
}

// oddTexts are what a text of an entry can be at its edges.
var oddTexts = []string{
	"", " ", "\x00", "a\x00b", "\n", "line 1\nline 2\r\n", "'", `"; DROP TABLE blocks; --`, "%", "_", `\`, "$1", "?", "\ufeff",
	"Zürich 7", "日本語 42", "🙂", "\u0000\u0001\u001f\u007f", "null", "NULL", "0", "007", "-0", "1e308", "0x1F", "deadbeef", "DEADBEEF",
	"123456789012345678901234567890", "550e8400-e29b-41d4-a716-446655440000", "\t", strings.Repeat("9", 400), "a=b", "{\"a\":\"b\"}",
}

func oddEntriesComeBack(_ *testing.T, f *fixture) {
	var entries []entry.Entry
	for i, text := range oddTexts {
		other := oddTexts[(i+1)%len(oddTexts)]
		entries = append(entries, entry.Entry{
			Application: fmt.Sprintf("app-%d", i%3), Level: entry.Level(i % 25), Timestamp: int64(i % 5), Message: text, Category: other,
			Fields: []entry.Field{{Name: fmt.Sprintf("name-%d", i%7), Value: other}, {Name: "same", Value: text}, {Name: "empty"}},
		})
	}
	for _, timestamp := range []int64{math.MinInt64, math.MinInt64 + 1, -1, math.MaxInt64 - 1, math.MaxInt64} {
		entries = append(entries, entry.Entry{Timestamp: timestamp, Level: math.MaxInt32}, entry.Entry{Timestamp: timestamp, Level: -7})
	}
	f.apply(entries...)
	f.requireAll(tenant)
	f.reopen()
	f.requireAll(tenant)
}

func largeEntriesComeBack(_ *testing.T, f *fixture) {
	var entries []entry.Entry
	for i := range 40 {
		e := entry.Entry{Timestamp: int64(i), Message: strings.Repeat(fmt.Sprintf("%d ", i), 262_144/(i%30+2))}
		for j := range 128 {
			e.Fields = append(e.Fields, entry.Field{Name: fmt.Sprintf("field-%d-%d", i%9, j), Value: strings.Repeat("v", i*j%2_000)})
		}
		entries = append(entries, e)
	}
	f.apply(entries...)
	f.requireAll(tenant)
}

func largeBatchComesBack(t *testing.T, f *fixture) {
	random := randomOf(7)
	var entries []entry.Entry
	for range 30_000 {
		entries = append(entries, randomEntry(random))
	}
	f.apply(entries...)
	f.requireAll(tenant)
	require.NoError(t, f.Checkpoint(t.Context()))
	f.requireAll(tenant)
}

func smallBatchesComeBack(_ *testing.T, f *fixture) {
	random := randomOf(8)
	for i := range 70 {
		entries := make([]entry.Entry, 1+i%4)
		for j := range entries {
			entries[j] = randomEntry(random)
		}
		f.apply(entries...)
	}
	f.requireAll(tenant)
	f.reopen()
	f.requireAll(tenant)
}

func tenantsAreApart(t *testing.T, f *fixture) {
	tenants := []string{"", "a", "b", `'; DELETE FROM blocks; --`, "日本"}
	for round := range 3 {
		var rows []core.Row
		for i := range 50 {
			rows = append(rows, core.Row{Tenant: tenants[(i+round)%len(tenants)], Entry: entry.Entry{Timestamp: int64(i), Message: "m"}})
		}
		f.applyRows(rows)
	}
	f.requireAll(append(tenants, "nobody", "A")...)
	found, err := f.Tenants(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, tenants, found)
	filter := all()
	f.delete("a", &filter)
	f.requireAll(tenants...)
	found, err = f.Tenants(t.Context())
	require.NoError(t, err)
	require.NotContains(t, found, "a")
}

func batchIsNotReferredTo(t *testing.T, f *fixture) {
	text := []byte("text")
	rows := []core.Row{{Tenant: tenant, Entry: entry.Entry{ID: 1, Message: string(text), Fields: []entry.Field{{Name: "a", Value: "b"}}}}}
	require.NoError(t, f.Apply(t.Context(), &core.Batch{Position: 1, Rows: rows}))
	rows[0].Message, rows[0].Fields[0].Value, rows[0].Tenant = "other", "other", "other"
	found, more, err := f.Search(t.Context(), &core.Search{Tenant: tenant, Filter: all(), Limit: 1, Bytes: 1})
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, []entry.Entry{{ID: 1, Message: "text", Fields: []entry.Field{{Name: "a", Value: "b"}}}}, found)
	require.Equal(t, journal.Position(1), f.positionNow())
}
