package disk_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestAppendToAFullDiskChangesNothing(t *testing.T) {
	store := openStore(t, testkit.SmallDisk(t, 2<<20))
	part, err := store.Create(t.Context(), "a")
	require.NoError(t, err)
	content := randomBytes(1<<20 + 123)
	require.NoError(t, part.Append([][]byte{content}))

	err = part.Append([][]byte{make([]byte, 300<<10), make([]byte, 2<<20)})
	require.ErrorIs(t, err, core.ErrNoSpace)
	got, err := io.ReadAll(io.NewSectionReader(part, 0, 4<<20))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got), "the part is as it was")

	more := randomBytes(300 << 10)
	require.NoError(t, part.Append([][]byte{more}), "the room was given back")
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	require.NoError(t, testkit.ErrorOf(store.Publish(t.Context(), "a")), "a full disk does not hinder publishing")
	blob, err := store.Open(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, int64(len(content)+len(more)), blob.Size())
	require.NoError(t, blob.Close())
}

func randomBytes(n int) []byte {
	var seed [32]byte
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(seed).Read(b) // It never fails.
	return b
}
