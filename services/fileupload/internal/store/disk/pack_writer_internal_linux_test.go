package disk

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// testPacker is a packer whose test serves groups itself.
func testPacker(t *testing.T) (*Store, *packer) {
	t.Helper()
	store := testStore(t)
	p := newPacker(store.packs, 1000)
	t.Cleanup(func() { require.NoError(t, p.endPack()) })
	return store, p
}

// serve packs the contents as one group.
func serve(p *packer, contents ...string) (blobIDs []string, errs []error) {
	group := make([]*packing, len(contents))
	for i, content := range contents {
		group[i] = newPacking(fmt.Sprintf("id-%d", i), [][]byte{[]byte(content)})
	}
	p.serve(group)
	for _, one := range group {
		outcome := <-one.done
		blobIDs = append(blobIDs, outcome.at.blobID(one.id))
		errs = append(errs, outcome.err)
	}
	return blobIDs, errs
}

func mustServe(t *testing.T, p *packer, contents ...string) []string {
	t.Helper()
	ids, errs := serve(p, contents...)
	for _, err := range errs {
		require.NoError(t, err)
	}
	return ids
}

func requirePacked(t *testing.T, store *Store, id, want string) {
	t.Helper()
	blob, err := store.Open(t.Context(), id)
	require.NoError(t, err)
	got, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	require.NoError(t, err)
	require.Equal(t, want, string(got))
	require.NoError(t, blob.Close())
}

func blobsIn(t testing.TB, store *Store) (ids []string) {
	t.Helper()
	for id, err := range store.Blobs(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}

// Nothing of a failed group is acknowledged or found, and nothing is ever appended
// behind it.
func TestAFailedWriteEndsThePack(t *testing.T) {
	for _, failure := range []string{"write", "sync"} {
		t.Run(failure, func(t *testing.T) {
			store, p := testPacker(t)
			kept := mustServe(t, p, "kept")
			working := p.pack.file
			if failure == "write" {
				p.pack.file = readOnly(t, working)
			} else {
				p.sync = func(*os.File) error { p.sync = syncData; return syscall.EIO }
			}
			_, errs := serve(p, "one", "two")
			for _, err := range errs {
				require.Error(t, err)
				require.NotErrorIs(t, err, core.ErrNoSpace)
			}
			require.Nil(t, p.pack)
			_ = working.Close() // It is closed unless it was replaced.
			later := mustServe(t, p, "later")
			_, first, _ := packedAt(kept[0])
			_, second, _ := packedAt(later[0])
			require.Greater(t, second.pack, first.pack)
			requirePacked(t, store, kept[0], "kept")
			requirePacked(t, store, later[0], "later")
			require.ElementsMatch(t, append(kept, later...), blobsIn(t, store))
		})
	}
}

// readOnly is the same file, which can't be written.
func readOnly(t *testing.T, file *os.File) *os.File {
	t.Helper()
	again, err := os.Open(file.Name())
	require.NoError(t, err)
	return again
}

func TestAPackEndsWhenItIsFull(t *testing.T) {
	store, p := testPacker(t)
	first := mustServe(t, p, "first")
	p.pack.end = packSize - maxGroup
	last := mustServe(t, p, "last")
	next := mustServe(t, p, "next")
	_, a, _ := packedAt(first[0])
	_, b, _ := packedAt(last[0])
	_, c, _ := packedAt(next[0])
	require.Equal(t, a.pack, b.pack)
	require.Equal(t, a.pack+1, c.pack)
	info, err := store.root.Stat(packName(a.pack))
	require.NoError(t, err)
	require.Equal(t, b.offset+blockSize, info.Size(), "what was reserved and not used is given back")
	require.ElementsMatch(t, []string{first[0], last[0], next[0]}, blobsIn(t, store))
}

func TestAnEmptyPackGoesWhenItHasEnded(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "one", "two")
	for _, id := range ids {
		require.NoError(t, store.Discard(t.Context(), id))
	}
	number := p.pack.number
	_, err := store.root.Stat(packName(number))
	require.NoError(t, err, "it is written to")
	later := mustServe(t, p, "later")
	require.NoError(t, p.endPack())
	_, err = store.root.Stat(packName(number))
	require.NoError(t, err, "it has a record")
	require.NoError(t, store.Discard(t.Context(), later[0]))
	_, err = store.root.Stat(packName(number))
	require.ErrorIs(t, err, os.ErrNotExist)

	ids = mustServe(t, p, "again")
	number = p.pack.number
	require.NoError(t, store.Discard(t.Context(), ids[0]))
	require.NoError(t, p.endPack())
	_, err = store.root.Stat(packName(number))
	require.ErrorIs(t, err, os.ErrNotExist, "it was empty when it ended")
}

// All that wait when a sync ends go with the next, as much as one write takes.
func TestWhatWaitsIsPackedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacker(nil, 1)
		const largest = maxGroup / maxRecord
		for range largest + 5 {
			go func() { p.waiting <- newPacking("id", [][]byte{make([]byte, maxPacked)}) }()
		}
		synctest.Wait()
		full := p.gather(<-p.waiting)
		require.Len(t, full, largest)
		require.Len(t, p.gather(<-p.waiting), 5)
	})
}

func TestAClosedStorePutsNothing(t *testing.T) {
	store, err := Open(t.TempDir())
	require.NoError(t, err)
	require.NotNil(t, store.packer, "the tests' file system can punch holes")
	require.NoError(t, store.Close())
	_, err = store.Put(t.Context(), "id", nil)
	require.ErrorIs(t, err, errClosed)
}

func TestWhoWaitsToPutMayLeave(t *testing.T) {
	p := newPacker(nil, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.put(ctx, newPacking("id", nil))
	require.ErrorIs(t, err, context.Canceled)
}

// Where holes can't be punched each content is a file.
func TestWithoutHolesAContentIsAFile(t *testing.T) {
	store := testStore(t)
	require.NoError(t, store.packer.close())
	packer := store.packer
	store.packer = nil
	id, err := store.Put(t.Context(), "id", [][]byte{[]byte("content")})
	require.NoError(t, err)
	require.Equal(t, "id", id)
	requirePacked(t, store, id, "content")
	store.packer = newPacker(packer.packs, packer.next)
	go store.packer.run()
}

func TestALongIdentifierIsAFile(t *testing.T) {
	store := testStore(t)
	for _, length := range []int{maxPackedIDLength, maxPackedIDLength + 1, maxIDLength} {
		long := fmt.Sprintf("%0*d", length, 7)
		id, err := store.Put(t.Context(), long, [][]byte{[]byte("content")})
		require.NoError(t, err)
		require.Equal(t, length > maxPackedIDLength, id == long)
		requirePacked(t, store, id, "content")
	}
}

func randomContent(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // It never fails.
	return b
}
