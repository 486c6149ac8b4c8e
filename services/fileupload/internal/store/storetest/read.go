package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var readContracts = []contract{
	{"a part is read back from its first byte on", readsBack},
}

var unreadContracts = []contract{
	{"what can't be read of a part before it is published is said to be there", saysUnreadable},
}

func readsBack(t *testing.T, open Opener) {
	b := readFirst(t, open, func(err error) { require.NoError(t, err) })
	require.Equal(t, "s", b)
}

func saysUnreadable(t *testing.T, open Opener) {
	readFirst(t, open, func(err error) { require.ErrorIs(t, err, core.ErrUnreadable) })
}

// readFirst reads the first byte of a part of some grains, before and after it has
// ended.
func readFirst(t *testing.T, open Opener, check func(err error)) string {
	t.Helper()
	store := open(t)
	part, err := store.Create(t.Context(), newID())
	require.NoError(t, err)
	closeAtEnd(t, part)
	appendTo(t, part, grains(t, store, "some"))
	require.NoError(t, part.Sync())
	b := make([]byte, 1)
	_, err = part.ReadAt(b, 0)
	check(err)
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	_, err = part.ReadAt(b, 0)
	check(err)
	return string(b)
}
