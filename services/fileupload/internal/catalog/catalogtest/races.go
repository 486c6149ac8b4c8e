package catalogtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var raceContracts = []contract{
	{"of many that complete one content one brings it", completesContentOnce},
	{"of many that delete one content one gets the orphan", orphansOnce},
	{"a completion beside a deletion refers to what is there", completesBesideDeletion},
	{"a copy beside a deletion refers to what is there", copiesBesideDeletion},
	{"a file that exists beside its deletion leaves no finished upload", existsBesideDeletion},
	{"a completion beside a verdict hides no damage", completesBesideVerdict},
	{"of a release and a deletion one succeeds", releasesBesideDeletion},
	{"many at once stay within the quota", sharesQuota},
}

// rounds of each race.
const rounds = 20

// nextID is an identifier that nothing has yet.
func nextID() string { return uuid.NewString() }

// atOnce runs what may touch each other, and returns when all has ended.
func atOnce(t *testing.T, work ...func(ctx context.Context) error) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	for _, one := range work {
		group.Go(func() error { return one(ctx) })
	}
	require.NoError(t, group.Wait())
}

// times returns work that is done by so many.
func times(n int, work func(ctx context.Context, i int) error) []func(ctx context.Context) error {
	all := make([]func(ctx context.Context) error, n)
	for i := range all {
		all[i] = func(ctx context.Context) error { return work(ctx, i) }
	}
	return all
}

func completesContentOnce(t *testing.T, open Opener) {
	catalog := open(t)
	const many = 24
	completed := make([]core.Completion, many)
	atOnce(t, times(many, func(ctx context.Context, i int) (err error) {
		upload := receiving(fmt.Sprint(i))
		completion := having(finished(upload, at(5)), "contested")
		if i%2 == 0 {
			if err := catalog.CreateUpload(ctx, upload, core.Quota{}); err != nil {
				return err
			}
			completion.Registered = true
		}
		completion.Quota = core.Quota{Files: int64(i%3) * many}
		completed[i], err = catalog.CompleteUpload(ctx, completion)
		return err
	})...)
	bringers := 0
	for _, completion := range completed {
		if completion.Own {
			bringers++
		}
		require.Equal(t, completed[0].File.BlobID, completion.File.BlobID)
		requireUpload(t, catalog, completion.Upload)
		requireFile(t, catalog, completion.File)
	}
	require.Equal(t, 1, bringers)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: many << 40, Files: many})
}

func orphansOnce(t *testing.T, open Opener) {
	catalog := open(t)
	const many = 12
	for range rounds {
		ids := make([]string, many)
		for i := range ids {
			ids[i] = nextID()
		}
		files := share(t, catalog, ids...)
		orphans := make([]string, many)
		atOnce(t, times(many, func(ctx context.Context, i int) (err error) {
			if i%2 == 1 {
				_, orphans[i], err = catalog.ExpireFile(ctx, ids[i], ended(53))
				return err
			}
			orphans[i], err = catalog.DeleteFile(ctx, "acme", ids[i], core.FileAvailable, ended(53))
			return err
		})...)
		want := make([]string, many)
		want[0] = files[0].BlobID
		require.ElementsMatch(t, want, orphans)
	}
}

// deletion deletes a file and keeps the orphan.
type deletion struct {
	catalog core.Catalog
	file    core.File
	orphan  string
}

func (d *deletion) run(ctx context.Context) (err error) {
	d.orphan, err = d.catalog.DeleteFile(ctx, d.file.Tenant, d.file.ID, core.FileAvailable, ended(90))
	return err
}

func completesBesideDeletion(t *testing.T, open Opener) {
	catalog := open(t)
	for range rounds {
		first, second, third := stored(nextID()), receiving(nextID()), receiving(nextID())
		createFiles(t, catalog, first)
		removed := deletion{catalog: catalog, file: first}
		var own core.Completion
		var sharedErr error
		atOnce(t, removed.run,
			func(ctx context.Context) (err error) {
				own, err = catalog.CompleteUpload(ctx, having(finished(second, at(9)), first.ID))
				return err
			},
			func(ctx context.Context) error {
				completion := having(finished(third, at(9)), first.ID)
				completion.Own = false
				_, sharedErr = catalog.CompleteUpload(ctx, completion)
				return unless(sharedErr, core.ErrContentGone)
			})
		require.NotEqual(t, removed.orphan, own.File.BlobID)
		requireFile(t, catalog, own.File)
		if !own.Own {
			require.Empty(t, removed.orphan)
			continue
		}
		got, err := catalog.FindFile(t.Context(), third.Tenant, third.FileID)
		require.Equal(t, sharedErr == nil, err == nil)
		require.True(t, removed.orphan == "" || got.BlobID != removed.orphan)
	}
}

func copiesBesideDeletion(t *testing.T, open Opener) {
	catalog := open(t)
	for range rounds {
		file, copyID := stored(nextID()), nextID()
		createFiles(t, catalog, file)
		removed := deletion{catalog: catalog, file: file}
		var copyErr error
		atOnce(t, removed.run, func(ctx context.Context) error {
			copyErr = catalog.CopyFile(ctx, file.ID, copied(file, copyID), core.Quota{})
			return unless(copyErr, core.ErrNotFound)
		})
		require.Equal(t, copyErr != nil, removed.orphan == file.BlobID, "%v, orphan %q", copyErr, removed.orphan)
	}
}

func existsBesideDeletion(t *testing.T, open Opener) {
	catalog := open(t)
	for range rounds {
		first, second := stored(nextID()), receiving(nextID())
		createFiles(t, catalog, first)
		completion := having(finished(second, at(9)), first.ID)
		completion.IfAbsent, completion.File.Name = true, first.Name
		removed := deletion{catalog: catalog, file: first}
		var got core.Completion
		atOnce(t, removed.run, func(ctx context.Context) (err error) {
			got, err = catalog.CompleteUpload(ctx, completion)
			return err
		})
		require.Equal(t, first.BlobID, removed.orphan)
		if got.Existed {
			requireUpload(t, catalog, tombstone(got.Upload, core.Deleted, ended(90)))
			continue
		}
		requireUpload(t, catalog, completion.Upload)
		requireFile(t, catalog, completion.File)
	}
}

func completesBesideVerdict(t *testing.T, open Opener) {
	catalog := open(t)
	for range rounds {
		files := share(t, catalog, nextID(), nextID())
		second, copyID := receiving(nextID()), nextID()
		var got core.Completion
		atOnce(t,
			func(ctx context.Context) error {
				return catalog.SaveVerdicts(ctx, []core.Verdict{{BlobID: files[0].BlobID, At: at(60), Damage: "rot"}})
			},
			func(ctx context.Context) (err error) {
				got, err = catalog.CompleteUpload(ctx, having(finished(second, at(9)), files[0].ID))
				return err
			},
			func(ctx context.Context) error {
				return catalog.CopyFile(ctx, files[1].ID, copied(files[0], copyID), core.Quota{})
			})
		for _, id := range []string{got.File.ID, copyID} {
			found, err := catalog.FindFile(t.Context(), "acme", id)
			require.NoError(t, err)
			require.Equal(t, found.BlobID == files[0].BlobID, found.Damage == "rot")
		}
	}
}

func releasesBesideDeletion(t *testing.T, open Opener) {
	catalog := open(t)
	for range rounds {
		upload, file := settled(t, catalog, quarantined(finished(receiving(nextID()), at(5))))
		var releaseErr, deleteErr error
		atOnce(t,
			func(ctx context.Context) error {
				_, releaseErr = catalog.ReleaseFile(ctx, file.Tenant, file.ID, at(60))
				return unless(releaseErr, core.ErrNotFound)
			},
			func(ctx context.Context) error {
				_, deleteErr = catalog.DeleteFile(ctx, file.Tenant, file.ID, core.FileQuarantined, ended(90))
				return unless(deleteErr, core.ErrNotFound)
			})
		require.NotEqual(t, releaseErr == nil, deleteErr == nil)
		found, err := catalog.FindUpload(t.Context(), upload.UploadKey)
		require.NoError(t, err)
		if releaseErr == nil {
			require.Equal(t, core.Available, found.Status)
			continue
		}
		require.Equal(t, tombstone(upload, core.Deleted, ended(90)), found)
	}
}

// sharesQuota lets many reserve and store at once what only some of them can.
func sharesQuota(t *testing.T, open Opener) {
	catalog, quota := open(t), core.Quota{Bytes: 100, Files: 1000}
	from := sized("from", 10)
	createFiles(t, catalog, from)
	var mutex sync.Mutex
	taken := 0
	atOnce(t, times(24, func(ctx context.Context, i int) error {
		err := useTen(ctx, catalog, i, from, quota)
		mutex.Lock()
		defer mutex.Unlock()
		if err == nil {
			taken++
		}
		return unlessOver(err)
	})...)
	require.Equal(t, 9, taken)
	usage, err := catalog.Usage(t.Context(), "acme")
	require.NoError(t, err)
	require.EqualValues(t, 100, usage.Bytes+usage.ReservedBytes)
}

// useTen uses ten bytes of the quota, in one way of three.
func useTen(ctx context.Context, catalog core.Catalog, i int, from core.File, quota core.Quota) error {
	upload := reserving(fmt.Sprint(i), 10)
	switch i % 3 {
	case 0:
		return catalog.CreateUpload(ctx, upload, quota)
	case 1:
		return catalog.CopyFile(ctx, from.ID, copied(from, fmt.Sprint(i)), quota)
	default:
		completion := finished(upload, at(5))
		completion.Quota = quota
		_, err := catalog.CompleteUpload(ctx, completion)
		return err
	}
}
