package core_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// shelfCatalog has contents in memory, each of one file.
type shelfCatalog struct {
	core.Catalog

	files []core.File
}

func (c *shelfCatalog) LeastVerified(_ context.Context, before time.Time, limit int) ([]core.Content, error) {
	waiting := slices.Clone(c.files)
	slices.SortStableFunc(waiting, func(a, b core.File) int { return a.VerifiedAt.Compare(b.VerifiedAt) })
	var contents []core.Content
	for i := range waiting[:min(limit, len(waiting))] {
		if waiting[i].VerifiedAt.Before(before) {
			contents = append(contents, waiting[i].Content())
		}
	}
	return contents, nil
}

func (c *shelfCatalog) ListFiles(_ context.Context, query core.FileQuery) ([]core.File, error) {
	newest := slices.Clone(c.files)
	slices.Reverse(newest)
	return newest[:min(query.Limit, len(newest))], nil
}

func (c *shelfCatalog) FilesOf(_ context.Context, blobID string, _ int) (files []core.File, err error) {
	for i := range c.files {
		if c.files[i].BlobID == blobID {
			files = append(files, c.files[i])
		}
	}
	return files, nil
}

func (c *shelfCatalog) SaveVerdicts(_ context.Context, verdicts []core.Verdict) error {
	for _, verdict := range verdicts {
		for i := range c.files {
			if c.files[i].BlobID == verdict.BlobID {
				c.files[i].VerifiedAt, c.files[i].Damage = verdict.At, verdict.Damage
			}
		}
	}
	return nil
}

// damaged are the indexes of the files with damage.
func (c *shelfCatalog) damaged() (found []int) {
	for i := range c.files {
		if c.files[i].Damage != "" {
			found = append(found, i)
		}
	}
	return found
}

// memoryShelf has files of zeros that were stored a year ago, some of which fail.
type memoryShelf struct {
	shelfCatalog

	store   failingStore
	scrubs  *core.Scrubber
	started time.Time
}

// failingStore is a zeroStore that can't open some blobs.
type failingStore struct {
	zeroStore

	fails  map[string]error
	opened int
}

func (s *failingStore) Open(ctx context.Context, id string) (core.Blob, error) {
	s.opened++
	if err := s.fails[id]; err != nil {
		return nil, err
	}
	return s.zeroStore.Open(ctx, id)
}

const year = 365 * 24 * time.Hour

func newMemoryShelf(files int) *memoryShelf {
	s := &memoryShelf{store: failingStore{fails: map[string]error{}}, started: time.Now()}
	for i := range files {
		content := zeros(10, i)
		s.files = append(s.files, core.File{
			ID: fmt.Sprint("file-", i), BlobID: content.BlobID, Tenant: content.Tenant, Size: content.Size,
			Checksum: content.Checksum, CreatedAt: s.started.Add(-year), VerifiedAt: s.started.Add(-year),
		})
	}
	s.scrubs = core.NewScrubber(s, &s.store, 24*time.Hour, fast, func(int) {})
	return s
}

func (s *memoryShelf) fail(err error, from, to int) {
	for i := from; i < to; i++ {
		s.store.fails[s.files[i].BlobID] = err
	}
}

// scrub scrubs for so long, once a minute, and returns the last error.
func (s *memoryShelf) scrub(t *testing.T, forTime time.Duration) (last error) {
	t.Helper()
	for end := time.Now().Add(forTime); time.Now().Before(end); time.Sleep(time.Minute) {
		if _, err := s.scrubs.Scrub(t.Context()); err != nil {
			last = err
		}
	}
	return last
}

// requireReached checks that every content outside a range was read back.
func (s *memoryShelf) requireReached(t *testing.T, from, to int) {
	t.Helper()
	for i := range s.files {
		if i < from || i >= to {
			require.False(t, s.files[i].VerifiedAt.Before(s.started), "content %d", i)
			require.Empty(t, s.files[i].Damage)
		}
	}
}

// numbers are those from one on to another.
func numbers(from, to int) (all []int) {
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

// The damage of a disk is in adjacent places, and what was stored together is read
// back together.
func TestAdjacentContentsThatADiskCanNotReadAreDamaged(t *testing.T) {
	for _, bad := range []int{3, 4, 7, 99, 100, 350} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newMemoryShelf(400)
				s.fail(errEIO, 0, bad)
				require.NoError(t, s.scrub(t, 10*time.Minute))
				require.Equal(t, numbers(0, bad), s.damaged())
				s.requireReached(t, 0, bad)
			})
		})
	}
}

func TestOneContentThatCanBeReadIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryShelf(5)
		s.fail(errEIO, 0, 4)
		require.NoError(t, s.scrub(t, time.Minute))
		require.Equal(t, numbers(0, 4), s.damaged())
	})
}

// Content that fails otherwise keeps nothing behind it from being read, and is
// damaged when it has failed for hours.
func TestContentsThatFailOtherwiseArePassedOver(t *testing.T) {
	for _, bad := range []int{1, 3, 7, 350} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newMemoryShelf(800)
				s.fail(errGone, 0, bad)
				require.ErrorIs(t, s.scrub(t, 30*time.Minute), errGone)
				require.Empty(t, s.damaged())
				s.requireReached(t, 0, bad)
				tried := s.store.opened
				require.NoError(t, s.scrub(t, 20*time.Minute))
				require.Equal(t, tried, s.store.opened, "they wait for an hour")
				// Others have to be due to prove it.
				for range 4 {
					s.expire(bad, bad+200)
					_ = s.scrub(t, 70*time.Minute)
				}
				require.Equal(t, numbers(0, bad), s.damaged())
			})
		})
	}
}

// expire makes contents due.
func (s *memoryShelf) expire(from, to int) {
	for i := from; i < to; i++ {
		s.files[i].VerifiedAt = time.Now().Add(-25 * time.Hour)
	}
}

func TestContentThatCanBeReadAgainIsNotDamaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryShelf(100)
		s.fail(errGone, 0, 10)
		require.ErrorIs(t, s.scrub(t, 30*time.Minute), errGone)
		clear(s.store.fails)
		require.NoError(t, s.scrub(t, 2*time.Hour))
		require.Empty(t, s.damaged())
		s.requireReached(t, 0, 0)
	})
}

func TestAStorageThatIsDownHasNoDamage(t *testing.T) {
	for _, err := range []error{errEIO, errGone} {
		t.Run(err.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newMemoryShelf(5000)
				s.fail(err, 0, 5000)
				require.ErrorIs(t, s.scrub(t, 24*time.Hour), core.ErrStorageDown)
				require.Empty(t, s.damaged())
				require.Less(t, s.store.opened, 24*60*30, "a few are tried each time")
				clear(s.store.fails)
				require.NoError(t, s.scrub(t, time.Hour))
				s.requireReached(t, 0, 0)
			})
		})
	}
}

// A dead disk's contents may still be in a cache that was filled lately.
func TestWhatWasReadLatelyDoesNotProveThatAStorageIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryShelf(300)
		_, err := s.scrubs.Scrub(t.Context())
		require.NoError(t, err)
		s.fail(errEIO, 100, 300)
		require.ErrorIs(t, s.scrub(t, 30*time.Minute), core.ErrStorageDown)
		require.Empty(t, s.damaged())
	})
}
