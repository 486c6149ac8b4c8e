package storetest

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

var pageContracts = []contract{
	{"Entries_of_one_moment_are_paged_by_ID", oneMomentIsPaged},
	{"Pages_end_with_their_bytes", pagesEndWithTheirBytes},
	{"Pages_of_any_size_give_the_same_entries", pagesOfAnySize},
	{"A_page_begins_after_its_place", pageBeginsAfterItsPlace},
}

func oneMomentIsPaged(_ *testing.T, f *fixture) {
	for range 3 {
		f.apply(make([]entry.Entry, 50)...)
	}
	for _, limit := range []int{1, 7, 50, 150, 151} {
		f.requireFound(core.Search{Tenant: tenant, Filter: all(), Limit: limit, Bytes: 1 << 20})
	}
}

func pagesEndWithTheirBytes(t *testing.T, f *fixture) {
	var entries []entry.Entry
	for i := range 20 {
		entries = append(entries, entry.Entry{Timestamp: int64(i), Message: strings.Repeat("m", 1_000*(i%3))})
	}
	f.apply(entries...)
	for _, bytes := range []int{1, 999, 2_500, 5_000, math.MaxInt32} {
		q := core.Search{Tenant: tenant, Filter: all(), Limit: 15, Bytes: bytes}
		found := f.pages(q)
		require.Len(t, found, len(entries))
		page, more, err := f.Search(t.Context(), &q)
		require.NoError(t, err)
		require.True(t, more)
		size := 0
		for _, e := range page {
			size += len(e.Message)
		}
		require.True(t, len(page) == 1 || size <= bytes, "%d entries of %d bytes", len(page), size)
	}
}

func pagesOfAnySize(_ *testing.T, f *fixture) {
	random := randomOf(1)
	for range 8 {
		entries := make([]entry.Entry, random.IntN(200))
		for i := range entries {
			entries[i] = randomEntry(random)
		}
		f.apply(entries...)
	}
	for range 20 {
		f.requireFound(randomSearch(random))
	}
}

// A place need not be that of an entry.
func pageBeginsAfterItsPlace(t *testing.T, f *fixture) {
	f.apply(entry.Entry{Timestamp: 10}, entry.Entry{Timestamp: 20}, entry.Entry{Timestamp: 20}, entry.Entry{Timestamp: 30})
	for _, c := range []struct {
		oldest bool
		after  core.Place
		want   []int64
	}{
		{true, core.Place{Timestamp: 10, ID: 1}, []int64{2, 3, 4}},
		{true, core.Place{Timestamp: 20, ID: 2}, []int64{3, 4}},
		{true, core.Place{Timestamp: 20, ID: 0}, []int64{2, 3, 4}},
		{true, core.Place{Timestamp: 15, ID: 99}, []int64{2, 3, 4}},
		{true, core.Place{Timestamp: 30, ID: 4}, nil},
		{true, core.Place{Timestamp: math.MinInt64, ID: 0}, []int64{1, 2, 3, 4}},
		{false, core.Place{Timestamp: 30, ID: 4}, []int64{3, 2, 1}},
		{false, core.Place{Timestamp: 20, ID: 3}, []int64{2, 1}},
		{false, core.Place{Timestamp: 20, ID: 9}, []int64{3, 2, 1}},
		{false, core.Place{Timestamp: 25, ID: 0}, []int64{3, 2, 1}},
		{false, core.Place{Timestamp: 10, ID: 1}, nil},
	} {
		q := core.Search{Tenant: tenant, Filter: all(), OldestFirst: c.oldest, After: &c.after, Limit: 9, Bytes: 1 << 20}
		found, more, err := f.Search(t.Context(), &q)
		require.NoError(t, err)
		require.False(t, more)
		var ids []int64
		for _, e := range found {
			ids = append(ids, e.ID)
		}
		require.Equal(t, c.want, ids, "%+v", c)
	}
}
