package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

var deleteContracts = []contract{
	{"Every_condition_deletes_its_entries", everyConditionDeletes},
	{"Deletion_moves_the_position_in_any_case", deletionMovesThePosition},
	{"A_repeated_deletion_returns_the_same", repeatedDeletion},
	{"What_was_deleted_stays_deleted", deletedStaysDeleted},
	{"Expiry_deletes_what_is_old_again_and_again", expiryDeletesAgain},
	{"A_store_can_be_emptied_and_filled_again", emptiedAndFilled},
}

func everyConditionDeletes(t *testing.T, f *fixture) {
	for _, c := range conditions {
		everything := all()
		f.delete(tenant, &everything)
		f.apply(conditionEntries()...)
		filter := all()
		c.change(&filter)
		f.delete(tenant, &filter)
		require.Len(t, f.rows, 4-len(c.want), c.name)
		f.requireAll(tenant)
	}
}

func deletionMovesThePosition(t *testing.T, f *fixture) {
	f.apply(entry.Entry{Timestamp: 10})
	for _, filter := range []core.Filter{{Start: 11, End: 20}, {Start: 0, End: 10}, all()} {
		f.delete(tenant, &filter)
		require.Equal(t, f.position, f.positionNow())
		f.delete("nobody", &filter)
		require.Equal(t, f.position, f.positionNow())
	}
	require.Empty(t, f.rows)
}

func repeatedDeletion(t *testing.T, f *fixture) {
	f.apply(make([]entry.Entry, 30)...)
	filter := all()
	f.delete(tenant, &filter)
	for range 2 {
		deleted, err := f.Delete(t.Context(), tenant, &filter, f.position)
		require.NoError(t, err)
		require.EqualValues(t, 30, deleted)
		f.reopen()
	}
	deleted, err := f.Delete(t.Context(), tenant, &filter, f.position+1)
	require.NoError(t, err)
	require.Zero(t, deleted)
}

func deletedStaysDeleted(t *testing.T, f *fixture) {
	random := randomOf(3)
	for range 12 {
		entries := make([]entry.Entry, 500)
		for i := range entries {
			entries[i] = randomEntry(random)
		}
		f.apply(entries...)
		filter := randomFilter(random)
		filter.Minimum = entry.Warn
		f.delete(tenant, &filter)
	}
	require.NotEmpty(t, f.rows)
	f.requireAll(tenant)
	f.requireCounted(t, &core.Count{Tenant: tenant, Filter: all(), ByLevel: true})
	require.NoError(t, f.Checkpoint(t.Context()))
	f.reopen()
	f.requireAll(tenant)
}

// Nothing moves the position between the passes of a janitor, nor between the
// tenants of a pass.
func expiryDeletesAgain(t *testing.T, f *fixture) {
	f.apply(entry.Entry{Timestamp: 10}, entry.Entry{Timestamp: 20}, entry.Entry{Timestamp: 30})
	f.applyRows([]core.Row{{Tenant: "other", Entry: entry.Entry{Timestamp: 10}}})
	expire := func(tenant string, before, want int64) {
		t.Helper()
		expired, err := f.Expire(t.Context(), tenant, before)
		require.NoError(t, err)
		require.Equal(t, want, expired)
		require.Equal(t, f.position, f.positionNow())
	}
	expire(tenant, 10, 0)
	expire(tenant, 11, 1)
	expire("other", 11, 1)
	expire(tenant, 11, 0)
	filter := core.Filter{Start: 30, End: 31}
	f.rows = f.rows[1:3]
	f.delete(tenant, &filter)
	expire(tenant, 21, 1)
	f.rows = nil
	f.requireAll(tenant, "other")
}

func emptiedAndFilled(t *testing.T, f *fixture) {
	for range 3 {
		f.apply(conditionEntries()...)
		f.requireAll(tenant)
		filter := all()
		f.delete(tenant, &filter)
		tenants, err := f.Tenants(t.Context())
		require.NoError(t, err)
		require.Empty(t, tenants)
		require.NoError(t, f.Checkpoint(t.Context()))
	}
	last, err := f.LastEntryID(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 12, last)
}
