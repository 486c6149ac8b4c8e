package sealed_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/sealed"
)

const segment = 1 << 10

func TestNothingPlainIsOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	store := sealed.NewWithSegments(openDisk(t, dir), newKeys(t), segment)
	word := []byte("confidential")
	content := bytes.Repeat(word, 1000)
	put(t, store, "blob", content)
	_, err := store.Put(t.Context(), "whole", [][]byte{content[:1000]})
	require.NoError(t, err)
	part, err := store.Create(t.Context(), "part")
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{content}))
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	for _, path := range files(t, dir) {
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(got), string(word), path)
		require.Contains(t, path, "-sealed")
	}
}

func TestAnAlteredByteOfABlobIsFound(t *testing.T) {
	dir := t.TempDir()
	store := sealed.NewWithSegments(openDisk(t, dir), newKeys(t), segment)
	content := randomBytes(2*segment + 100)
	put(t, store, "blob", content)
	path := files(t, dir)[0]
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := sealfile.HeaderSize; i < len(whole); i += 7 {
		overwrite(t, path, i, whole[i]^1)
		_, err := readBlob(t, store, "blob")
		require.ErrorIs(t, err, core.ErrDamaged, "byte %d", i)
		overwrite(t, path, i, whole[i])
	}
	for _, size := range []int{0, 1, sealfile.HeaderSize, sealfile.HeaderSize + segment + seal.Overhead, len(whole) - 1} {
		require.NoError(t, os.WriteFile(path, whole[:size], 0o600))
		_, err := readBlob(t, store, "blob")
		require.ErrorIs(t, err, core.ErrDamaged, "cut at %d", size)
	}
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	got, err := readBlob(t, store, "blob")
	require.NoError(t, err)
	require.Equal(t, content, got)
}

// After a crash a part has its synced segments and anything behind them.
func TestAPartResumesAfterACrashAtEveryByte(t *testing.T) {
	dir, keys := t.TempDir(), newKeys(t)
	store := sealed.NewWithSegments(openDisk(t, dir), keys, 64)
	content := randomBytes(5*64 + 30)
	part, err := store.Create(t.Context(), "part")
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{content}))
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	path := files(t, dir)[0]
	whole, err := os.ReadFile(path)
	require.NoError(t, err)

	const durable = 2 * 64
	for size := int(sealfile.SealedOffset(durable, 64)); size <= len(whole); size++ {
		torn := bytes.Clone(whole[:size])
		torn = append(torn, randomBytes(len(whole)-size)...)
		for _, left := range [][]byte{whole[:size], torn} {
			require.NoError(t, os.WriteFile(path, left, 0o600))
			part, err := store.Resume(t.Context(), "part", durable, nil)
			require.NoError(t, err)
			got, err := io.ReadAll(io.NewSectionReader(part, 0, 1<<20))
			require.NoError(t, err)
			require.Equal(t, content[:durable], got)
			require.NoError(t, part.Append([][]byte{content[durable:]}))
			require.NoError(t, part.End())
			require.NoError(t, part.Close())
			require.NoError(t, testkit.ErrorOf(store.Publish(t.Context(), "part")))
			blob, err := readBlob(t, store, "part")
			require.NoError(t, err)
			require.Equal(t, content, blob)
			require.NoError(t, store.Discard(t.Context(), "part"))
		}
	}
}

func TestAPartWithoutItsHeaderIsNotFound(t *testing.T) {
	dir := t.TempDir()
	store := sealed.NewWithSegments(openDisk(t, dir), newKeys(t), segment)
	part, err := store.Create(t.Context(), "part")
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{randomBytes(3 * segment)}))
	require.NoError(t, part.Close())
	overwrite(t, files(t, dir)[0], 0, 'x')
	overwrite(t, files(t, dir)[0], 4096, 'x')
	_, err = store.Resume(t.Context(), "part", segment, nil)
	require.ErrorIs(t, err, core.ErrNotFound)
	require.ErrorIs(t, err, seal.ErrDamaged)
}

func TestAWrongKeyIsNeitherDamageNorLoss(t *testing.T) {
	dir := t.TempDir()
	store := sealed.NewWithSegments(openDisk(t, dir), newKeys(t), segment)
	put(t, store, "blob", randomBytes(2*segment))
	store = sealed.NewWithSegments(openDisk(t, dir), newKeys(t), segment)
	_, err := store.Open(t.Context(), "blob")
	require.ErrorIs(t, err, seal.ErrWrongKey)
	require.NotErrorIs(t, err, core.ErrDamaged)
	_, err = store.Resume(t.Context(), "blob", segment, nil)
	require.ErrorIs(t, err, seal.ErrWrongKey)
	require.NotErrorIs(t, err, core.ErrNotFound)
}

func TestWhatWasPlainStaysReadable(t *testing.T) {
	dir := t.TempDir()
	plain := openDisk(t, dir)
	put(t, plain, "old", []byte("plain"))
	unfinished, err := plain.Create(t.Context(), "unfinished")
	require.NoError(t, err)
	require.NoError(t, unfinished.Append([][]byte{[]byte("plain")}))
	require.NoError(t, unfinished.Close())
	_, err = plain.Create(t.Context(), "anew")
	require.NoError(t, err)

	store := sealed.New(plain, newKeys(t))
	got, err := readBlob(t, store, "old")
	require.NoError(t, err)
	require.Equal(t, "plain", string(got))
	part, err := store.Resume(t.Context(), "unfinished", 3, nil)
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{[]byte("+more")}))
	require.NoError(t, part.End())
	require.NoError(t, part.Close())
	require.NoError(t, testkit.ErrorOf(store.Publish(t.Context(), "unfinished")))
	got, err = readBlob(t, store, "unfinished")
	require.NoError(t, err)
	require.Equal(t, "pla+more", string(got))
	put(t, store, "anew", []byte("sealed"))

	count, err := store.Count(t.Context())
	require.NoError(t, err)
	require.Equal(t, sealed.Count{Sealed: 1, Plain: 2}, count)
	for id, err := range plain.Parts(t.Context()) {
		require.NoError(t, err)
		require.Fail(t, "a part was left", id)
	}
}

// A client that uploads a sealed file gets it back as it is.
func TestContentCannotPassForSealed(t *testing.T) {
	dir, keys := t.TempDir(), newKeys(t)
	plain := openDisk(t, dir)
	put(t, sealed.New(plain, keys), "sealed", []byte("secret"))
	forged, err := os.ReadFile(files(t, dir)[0])
	require.NoError(t, err)
	put(t, plain, "forged", forged)
	got, err := readBlob(t, sealed.New(plain, keys), "forged")
	require.NoError(t, err)
	require.Equal(t, forged, got)
}

func put(t testing.TB, store core.Store, id string, content []byte) {
	t.Helper()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{content}))
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	require.NoError(t, testkit.ErrorOf(store.Publish(t.Context(), id)))
}

func readBlob(t testing.TB, store core.Store, id string) ([]byte, error) {
	t.Helper()
	blob, err := store.Open(t.Context(), id)
	if err != nil {
		return nil, err
	}
	defer func() { require.NoError(t, blob.Close()) }()
	return io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
}

func files(t testing.TB, dir string) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"parts/*", "blobs/*/*"} {
		matches, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		found = append(found, matches...)
	}
	require.NotEmpty(t, found)
	return found
}

func overwrite(t testing.TB, path string, at int, with byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte{with}, int64(at))
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // It never fails.
	return b
}
