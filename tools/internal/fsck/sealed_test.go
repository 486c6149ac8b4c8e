package fsck_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/tools/internal/fsck"
)

// outerKey is the keys of a new keyset.
func outerKey(t *testing.T) journal.Keys {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(path)
	require.NoError(t, err)
	keys, err := seal.Open(t.Context(), seal.Config{Key: path}, nil)
	require.NoError(t, err)
	return journal.KeysOf(keys)
}

func TestExamineReadsSealedRecordsWithTheKey(t *testing.T) {
	keys := outerKey(t)
	plain := with(t, folder(t, whole()...), "points.duckdb")
	dir := with(t, folder(t), "points.duckdb")
	j, _, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{MinFreeBytes: -1, Keys: keys})
	require.NoError(t, err)
	for _, r := range whole() {
		data, err := proto.Marshal(r)
		require.NoError(t, err)
		_, err = j.Append(t.Context(), data)
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())

	want, err := fsck.Examine(plain, nil, nil)
	require.NoError(t, err)
	got, err := fsck.Examine(dir, keys, nil)
	require.NoError(t, err)
	require.True(t, got.Sound())
	require.EqualValues(t, 7, got.SealedRecords)
	require.Zero(t, got.UnreadRecords)
	require.Equal(t, want.Producers, got.Producers)
	require.Equal(t, want.Counts, got.Counts)

	var kinds []error
	got, err = fsck.Examine(dir, nil, func(r fsck.Record) error {
		require.True(t, r.Sealed)
		kinds = append(kinds, r.Problem)
		return nil
	})
	require.NoError(t, err)
	require.True(t, got.Sound(), "what the framing tells is sound")
	require.EqualValues(t, 7, got.UnreadRecords)
	require.Len(t, kinds, 7)
	require.ErrorContains(t, kinds[0], "give the key")

	_, err = fsck.Examine(dir, outerKey(t), nil)
	require.ErrorIs(t, err, seal.ErrWrongKey)

	segments, err := filepath.Glob(filepath.Join(dir, "journal", "*.segment"))
	require.NoError(t, err)
	content, err := os.ReadFile(segments[len(segments)-1])
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(segments[len(segments)-1], content, 0o600))
	for _, keys := range []journal.Keys{keys, nil} {
		got, err = fsck.Examine(dir, keys, nil)
		require.NoError(t, err)
		require.False(t, got.Sound())
	}
}
