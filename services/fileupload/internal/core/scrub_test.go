package core_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const (
	// fast is a rate that no test comes near, in bytes a second.
	fast = 1 << 40
	// anew is an interval with which everything is due at once.
	anew = -time.Hour
)

// shelf has files with real content.
type shelf struct {
	*place

	dir   string
	files *core.Files
}

func openShelf(t *testing.T) *shelf {
	t.Helper()
	dir := t.TempDir()
	s := &shelf{place: openPlace(t, dir), dir: dir}
	s.files = core.NewFiles(s.catalog, s.store, core.Limits{})
	return s
}

// add stores a file that is not in a pack and shares nothing.
func (s *shelf) add(t *testing.T, content []byte) core.File {
	t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	copy(content, id)
	part, err := s.store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, part.Append([][]byte{content}))
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())
	require.NoError(t, testkit.ErrorOf(s.store.Publish(t.Context(), id)))
	now := time.Now()
	upload := receivingUpload(id)
	upload.FileID, upload.Status, upload.ExpiresAt = id, core.Available, now.Add(24*time.Hour)
	upload.Receipt = &core.Receipt{FileID: id}
	file := core.File{
		ID: id, BlobID: id, Tenant: "acme", Size: int64(len(content)), Checksum: sha(content),
		Status: core.FileAvailable, CreatedAt: now, UpdatedAt: now,
	}
	_, err = s.catalog.CompleteUpload(t.Context(), core.Completion{Upload: upload, Own: true, File: file})
	require.NoError(t, err)
	return file
}

func (s *shelf) find(t *testing.T, id string) core.File {
	t.Helper()
	file, err := s.files.Find(t.Context(), "acme", id)
	require.NoError(t, err)
	return file
}

// isShared tells whether a new upload of a file's content would share it.
func (s *shelf) isShared(t *testing.T, file *core.File) bool {
	t.Helper()
	_, err := s.catalog.FindContent(t.Context(), core.ContentQuery{Tenant: "acme", Checksum: file.Checksum, Size: file.Size})
	if errors.Is(err, core.ErrNotFound) {
		return false
	}
	require.NoError(t, err)
	return true
}

func (s *shelf) path(t *testing.T, blobID string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.dir, "blobs", "*", blobID))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	return paths[0]
}

// flip changes a byte of a blob on the disk; a second time it restores it.
func (s *shelf) flip(t *testing.T, blobID string) {
	t.Helper()
	path := s.path(t, blobID)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

func (s *shelf) scrub(t *testing.T, store core.Store, interval time.Duration) (core.Scrubbed, error) {
	t.Helper()
	return core.NewScrubber(s.catalog, store, interval, fast, func(int) {}).Scrub(t.Context())
}

func TestAFlippedByteIsFoundAndItsRepairToo(t *testing.T) {
	s := openShelf(t)
	whole, rotten := s.add(t, randomContent(200_000)), s.add(t, randomContent(300_000))
	duplicate := rotten
	duplicate.ID = uuid.Must(uuid.NewV7()).String()
	require.NoError(t, s.catalog.CopyFile(t.Context(), rotten.ID, duplicate, core.Quota{}))
	s.flip(t, rotten.BlobID)

	done, err := s.scrub(t, s.store, anew)
	require.NoError(t, err)
	require.Len(t, done.Verdicts, 2)
	require.Len(t, done.Damaged, 1)
	found := done.Damaged[0]
	require.True(t, found.New)
	require.Equal(t, rotten.Content(), found.Content)
	require.ElementsMatch(t, []string{rotten.ID, duplicate.ID}, found.FileIDs)
	for _, id := range []string{rotten.ID, duplicate.ID} {
		file := s.find(t, id)
		require.Equal(t, "has another SHA-256 than its receipt says", file.Damage)
		require.False(t, file.DamagedAt.IsZero())
		require.False(t, s.isShared(t, &file), "a new upload brings whole content")
	}
	intact := s.find(t, whole.ID)
	require.Empty(t, intact.Damage)
	require.False(t, intact.VerifiedAt.IsZero())
	require.True(t, s.isShared(t, &intact))

	done, err = s.scrub(t, s.store, anew)
	require.NoError(t, err)
	require.Len(t, done.Damaged, 1)
	require.False(t, done.Damaged[0].New, "it was told before")

	s.flip(t, rotten.BlobID)
	done, err = s.scrub(t, s.store, anew)
	require.NoError(t, err)
	require.Empty(t, done.Damaged)
	mended := s.find(t, rotten.ID)
	require.Empty(t, mended.Damage)
	require.True(t, mended.DamagedAt.IsZero())
	require.True(t, s.isShared(t, &mended))
}

func TestContentThatIsGoneOrTooShortIsDamaged(t *testing.T) {
	s := openShelf(t)
	gone, short, empty := s.add(t, randomContent(100_000)), s.add(t, randomContent(100_000)), s.add(t, nil)
	require.NoError(t, os.Remove(s.path(t, gone.BlobID)))
	require.NoError(t, os.Truncate(s.path(t, short.BlobID), 70_000))
	done, err := s.scrub(t, s.store, anew)
	require.NoError(t, err)
	require.Len(t, done.Damaged, 2)
	require.Equal(t, "the storage has lost the content", s.find(t, gone.ID).Damage)
	require.Equal(t, "has 70000 bytes; its receipt says 100000", s.find(t, short.ID).Damage)
	require.Empty(t, s.find(t, empty.ID).Damage)
}

func TestContentIsReadBackOnceAnInterval(t *testing.T) {
	s := openShelf(t)
	file := s.add(t, randomContent(1000))
	done, err := s.scrub(t, s.store, time.Hour)
	require.NoError(t, err)
	require.Empty(t, done.Verdicts, "it was stored just now")
	scrubber := core.NewScrubber(s.catalog, s.store, time.Hour, fast, func(int) {})
	oldest, err := scrubber.Oldest(t.Context())
	require.NoError(t, err)
	require.WithinDuration(t, file.CreatedAt, oldest, time.Microsecond)

	done, err = s.scrub(t, s.store, anew)
	require.NoError(t, err)
	require.Len(t, done.Verdicts, 1)
	oldest, err = scrubber.Oldest(t.Context())
	require.NoError(t, err)
	require.WithinDuration(t, done.Verdicts[0].At, oldest, time.Microsecond)
}

// unreadableStore fails to read some blobs.
type unreadableStore struct {
	core.Store

	fails map[string]error
	// opening is called before a blob is opened.
	opening func(id string)
}

func (s *unreadableStore) Open(ctx context.Context, id string) (core.Blob, error) {
	if s.opening != nil {
		s.opening(id)
	}
	blob, err := s.Store.Open(ctx, id)
	if err != nil || s.fails[id] == nil {
		return blob, err
	}
	return &unreadableBlob{blob, s.fails[id]}, nil
}

type unreadableBlob struct {
	core.Blob

	err error
}

func (b *unreadableBlob) ReadAt(p []byte, offset int64) (int, error) {
	if offset == 0 {
		return b.Blob.ReadAt(p, offset)
	}
	return 0, b.err
}

var (
	errEIO  = &os.PathError{Op: "read", Path: "blob", Err: syscall.EIO}
	errGone = errors.New("connection refused")
)

func TestOnlyAStorageThatCanReadOthersHasDamagedContent(t *testing.T) {
	for name, test := range map[string]struct {
		fails []error // of the files in their order
		// damaged files, and what the scrubber returns.
		damaged []int
		err     error
	}{
		"one that a disk can't read":          {fails: []error{nil, errEIO, nil}, damaged: []int{1}},
		"the last that a disk can't read":     {fails: []error{nil, nil, errEIO}, damaged: []int{2}},
		"the only one":                        {fails: []error{errEIO}, damaged: []int{0}},
		"one that fails between others":       {fails: []error{nil, errGone, nil}, err: errGone},
		"a disk's failure beside another":     {fails: []error{errGone, errEIO, nil}, damaged: []int{1}, err: errGone},
		"three that a disk can't read":        {fails: []error{errEIO, errEIO, errEIO, nil}, damaged: []int{0, 1, 2}},
		"the last fails":                      {fails: []error{nil, errGone}, err: errGone},
		"a disk that can't read anything":     {fails: []error{errEIO, errEIO, errEIO, errEIO}, err: core.ErrStorageDown},
		"a storage that is down":              {fails: []error{errGone, errGone, errGone, errGone}, err: core.ErrStorageDown},
		"a storage that goes down meanwhile":  {fails: []error{nil, errGone, errGone, errGone}, err: core.ErrStorageDown},
		"bytes that are not what was written": {fails: []error{core.ErrDamaged, errGone}, damaged: []int{0}, err: errGone},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShelf(t)
			store := &unreadableStore{Store: s.store, fails: map[string]error{}}
			var files []core.File
			for _, err := range test.fails {
				file := s.add(t, randomContent(100_000))
				files, store.fails[file.BlobID] = append(files, file), err
			}
			done, err := s.scrub(t, store, anew)
			requireIs(t, err, test.err)
			var damaged []int
			for i := range files {
				if s.find(t, files[i].ID).Damage != "" {
					damaged = append(damaged, i)
				}
			}
			require.Equal(t, test.damaged, damaged)
			require.Len(t, done.Damaged, len(damaged))
		})
	}
}

func requireIs(t *testing.T, err, want error) {
	t.Helper()
	if want == nil {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, want)
}

func TestContentThatIsDeletedMeanwhileIsNotDamaged(t *testing.T) {
	s := openShelf(t)
	file := s.add(t, randomContent(1000))
	store := &unreadableStore{Store: s.store, opening: func(string) {
		require.NoError(t, s.files.Delete(t.Context(), "acme", file.ID))
	}}
	done, err := s.scrub(t, store, anew)
	require.NoError(t, err)
	require.Empty(t, done.Damaged)
	require.Empty(t, done.Verdicts)
}

func TestVerifyStoresItsVerdict(t *testing.T) {
	s := openShelf(t)
	file := s.add(t, randomContent(100_000))
	s.flip(t, file.BlobID)
	v, err := s.files.Verify(t.Context(), "acme", file.ID)
	require.NoError(t, err)
	require.False(t, v.Intact)
	require.Equal(t, v.Damage, s.find(t, file.ID).Damage)
	s.flip(t, file.BlobID)
	v, err = s.files.Verify(t.Context(), "acme", file.ID)
	require.NoError(t, err)
	require.True(t, v.Intact)
	require.Empty(t, s.find(t, file.ID).Damage)

	store := &unreadableStore{Store: s.store, fails: map[string]error{file.BlobID: errGone}}
	large := s.add(t, randomContent(readingTwice))
	store.fails[large.BlobID] = errGone
	files := core.NewFiles(s.catalog, store, core.Limits{})
	_, err = files.Verify(t.Context(), "acme", large.ID)
	require.ErrorIs(t, err, errGone)
	require.Empty(t, s.find(t, large.ID).Damage, "the storage may be down")
	store.fails[large.BlobID] = errEIO
	v, err = files.Verify(t.Context(), "acme", large.ID)
	require.NoError(t, err)
	require.Equal(t, "can't be read after 1048576 bytes", v.Damage)
	require.Equal(t, v.Damage, s.find(t, large.ID).Damage)
}

// readingTwice is more than is read at once, in bytes.
const readingTwice = 3 << 19

// A file that was deleted while it was read is not there, rather than damaged.
func TestVerifyOfAFileThatIsDeletedMeanwhile(t *testing.T) {
	s := openShelf(t)
	file := s.add(t, randomContent(1000))
	store := &unreadableStore{Store: s.store, opening: func(string) {
		require.NoError(t, s.files.Delete(t.Context(), "acme", file.ID))
	}}
	_, err := core.NewFiles(s.catalog, store, core.Limits{}).Verify(t.Context(), "acme", file.ID)
	require.ErrorContains(t, err, "there is no file")
}
