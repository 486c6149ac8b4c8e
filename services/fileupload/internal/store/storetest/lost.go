package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var lostContracts = []contract{
	{"a blob that was set aside is gone and not removed", setsAside},
	{"a part is not set aside", setsNoPartAside},
	{"setting aside tells whether there was a blob", setAsideTells},
	{"what was set aside is purged when its time has come", purgesTheOld},
}

// A moment before and one behind all that a test sets aside.
func before() time.Time { return time.Now().Add(-time.Hour) }
func behind() time.Time { return time.Now().Add(time.Hour) }

func setsAside(t *testing.T, open Opener) {
	store := open(t)
	other := publish(t, store, "wanted")
	setsOneAside(t, open, publish(t, store, "doubtful"), other)
	setsOneAside(t, open, put(t, store, "doubtful"), other)
}

// setsOneAside sets a blob aside beside another, which stays.
func setsOneAside(t *testing.T, open Opener, id, other string) {
	t.Helper()
	store := open(t)
	setAside(t, store, id)
	for _, store := range []core.Store{store, open(t)} {
		requireNoBlob(t, store, id)
		requireNoPart(t, store, id)
		requireBlob(t, store, other, "wanted")
		require.Equal(t, []string{other}, collect(t, store.Blobs(t.Context())))
		require.Empty(t, collect(t, store.Parts(t.Context())))
	}
	removed, err := store.PurgeSetAside(t.Context(), behind())
	require.NoError(t, err)
	require.Equal(t, 1, removed, "it was there all the time")
}

func setsNoPartAside(t *testing.T, open Opener) {
	store, id := open(t), newID()
	putPart(t, store, id, "part")
	moved, err := store.SetAside(t.Context(), id)
	require.NoError(t, err)
	require.False(t, moved)
	requireBlob(t, store, publishPart(t, store, id), "part")
}

func setAsideTells(t *testing.T, open Opener) {
	store := open(t)
	packed, id := put(t, store, "doubtful"), publish(t, store, "doubtful")
	for _, step := range []struct {
		id   string
		want bool
	}{
		{newID(), false}, {id, true}, {id, false}, {packed, true}, {packed, false},
	} {
		moved, err := store.SetAside(t.Context(), step.id)
		require.NoError(t, err)
		require.Equal(t, step.want, moved)
	}
}

func purgesTheOld(t *testing.T, open Opener) {
	store := open(t)
	kept := publish(t, store, "kept")
	const many = 600
	for range many / 2 {
		setAside(t, store, publish(t, store, "doubtful"))
		setAside(t, store, put(t, store, "doubtful"))
	}
	for _, step := range []struct {
		before time.Time
		want   int
	}{
		{before(), 0}, {behind(), many}, {behind(), 0},
	} {
		removed, err := store.PurgeSetAside(t.Context(), step.before)
		require.NoError(t, err)
		require.Equal(t, step.want, removed)
	}
	requireBlob(t, store, kept, "kept")
}

// setAside sets a blob aside that is there.
func setAside(t *testing.T, store core.Store, id string) {
	t.Helper()
	moved, err := store.SetAside(t.Context(), id)
	require.NoError(t, err)
	require.True(t, moved)
}
