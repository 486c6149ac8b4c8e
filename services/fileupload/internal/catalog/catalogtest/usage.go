package catalogtest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var usageContracts = []contract{
	{"usage sums up files and what uploads reserve", sumsUpUsage},
	{"usage is given back", givesUsageBack},
	{"usage counts copies and quarantined files", countsEveryFile},
	{"a reservation belongs to a receiving upload", refusesReservation},
	{"an upload beyond the quota is not created", refusesUploadBeyondQuota},
	{"a reservation beyond the quota changes nothing", refusesReservationBeyondQuota},
	{"a file beyond the quota is not added", refusesFileBeyondQuota},
	{"a file that is there already needs no quota", existsBeyondQuota},
	{"what is reserved can be stored, even if the quota was lowered", storesWhatIsReserved},
	{"usage is what the rows say, whatever happened", usageFollowsRows},
}

func requireUsage(t *testing.T, catalog core.Catalog, tenant string, want core.Usage) {
	t.Helper()
	got, err := catalog.Usage(t.Context(), tenant)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func requireOver(t *testing.T, err error, quota string, limit int64) {
	t.Helper()
	var over *core.QuotaError
	require.ErrorAs(t, err, &over)
	require.Equal(t, core.QuotaError{Quota: quota, Limit: limit}, *over)
}

// reserving is an upload that reserves so many bytes, which is the size that it
// declares.
func reserving(id string, bytes int64) core.Upload {
	upload := receiving(id)
	upload.TotalSize, upload.Reserved = bytes, bytes
	return upload
}

func sized(id string, bytes int64) core.File {
	file := stored(id)
	file.Size = bytes
	return file
}

func sumsUpUsage(t *testing.T, open Opener) {
	catalog := open(t)
	requireUsage(t, catalog, "acme", core.Usage{})
	create(t, catalog, reserving("a", 100), reserving("b", 20))
	createFiles(t, catalog, sized("c", 1<<40), sized("d", 0))
	elsewhere := sized("e", 7)
	elsewhere.Tenant = "other"
	createFiles(t, catalog, elsewhere)
	require.NoError(t, catalog.Reserve(t.Context(), onStream(reserving("b", 0), 3), 50, core.Quota{}))
	for _, catalog := range []core.Catalog{catalog, open(t)} {
		requireUsage(t, catalog, "acme", core.Usage{Bytes: 1 << 40, Files: 2, ReservedBytes: 150, ReservedFiles: 2})
		requireUsage(t, catalog, "other", core.Usage{Bytes: 7, Files: 1})
		requireUsage(t, catalog, "nobody", core.Usage{})
	}
}

func givesUsageBack(t *testing.T, open Opener) {
	catalog := open(t)
	aborted, forgotten, expired, done := reserving("a", 1), reserving("b", 2), reserving("c", 4), reserving("d", 8)
	create(t, catalog, aborted, forgotten, expired, done)
	require.NoError(t, catalog.AbortUpload(t.Context(), aborted.UploadKey, at(2), at(3)))
	requireUsage(t, catalog, "acme", core.Usage{ReservedBytes: 14, ReservedFiles: 3})
	requireDone(t, true)(catalog.ExpireUpload(t.Context(), aborted.UploadKey, ended(2000)))
	require.NoError(t, forget(t.Context(), catalog, forgotten, 3))
	requireUsage(t, catalog, "acme", core.Usage{ReservedBytes: 12, ReservedFiles: 2})
	requireDone(t, true)(catalog.ExpireUpload(t.Context(), expired.UploadKey, ended(2000)))
	requireUsage(t, catalog, "acme", core.Usage{ReservedBytes: 8, ReservedFiles: 1})
	_, file := completeRegistered(t, catalog, done)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 8, Files: 1})
	requireOrphan(t, catalog, file, file.BlobID)
	requireUsage(t, catalog, "acme", core.Usage{})
	old := sized("old", 16)
	old.ExpiresAt = at(10)
	createFiles(t, catalog, old)
	requireExpired(t, true, old.BlobID)(catalog.ExpireFile(t.Context(), old.ID, ended(20)))
	requireUsage(t, catalog, "acme", core.Usage{})
}

func countsEveryFile(t *testing.T, open Opener) {
	catalog := open(t)
	original, held := sized("original", 10), sized("held", 5)
	held.Status, held.Quarantine = core.FileQuarantined, "because"
	createFiles(t, catalog, original, held)
	require.NoError(t, catalog.CopyFile(t.Context(), "original", copied(original, "copy"), core.Quota{}))
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 25, Files: 3})
	_, err := catalog.ReleaseFile(t.Context(), "acme", "held", at(60))
	require.NoError(t, err)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 25, Files: 3})
}

func refusesReservation(t *testing.T, open Opener) {
	catalog := open(t)
	uploads := ofEveryEnd(t, catalog)
	before, err := catalog.Usage(t.Context(), "acme")
	require.NoError(t, err)
	for _, upload := range uploads {
		for _, quota := range []core.Quota{{}, {Bytes: 1 << 50}} {
			err := catalog.Reserve(t.Context(), onStream(upload, upload.Checkpoint.Streams), 9, quota)
			require.ErrorIs(t, err, core.ErrNotFound, upload.UploadID)
		}
	}
	requireUnchanged(t, catalog, uploads)
	requireUsage(t, catalog, "acme", before)
}

func refusesUploadBeyondQuota(t *testing.T, open Opener) {
	catalog, quota := open(t), core.Quota{Bytes: 100, Files: 3}
	require.NoError(t, catalog.CreateUpload(t.Context(), reserving("a", 60), quota))
	requireOver(t, catalog.CreateUpload(t.Context(), reserving("b", 41), quota), core.QuotaFileBytes, 100)
	requireNoUpload(t, catalog, reserving("b", 0).UploadKey)
	require.NoError(t, catalog.CreateUpload(t.Context(), reserving("b", 40), quota))
	require.NoError(t, catalog.CreateUpload(t.Context(), reserving("c", 0), quota))
	requireOver(t, catalog.CreateUpload(t.Context(), reserving("d", 0), quota), core.QuotaFiles, 3)
	other := reserving("e", 100)
	other.Tenant = "other"
	require.NoError(t, catalog.CreateUpload(t.Context(), other, quota), "another tenant")
	requireUsage(t, catalog, "acme", core.Usage{ReservedBytes: 100, ReservedFiles: 3})
	require.ErrorIs(t, catalog.CreateUpload(t.Context(), reserving("a", 0), core.Quota{Files: 4}), core.ErrExists)
}

func refusesReservationBeyondQuota(t *testing.T, open Opener) {
	catalog, quota, upload := open(t), core.Quota{Bytes: 100}, reserving("a", 10)
	create(t, catalog, upload, reserving("b", 50))
	require.NoError(t, catalog.Reserve(t.Context(), onStream(upload, 3), 50, quota))
	requireOver(t, catalog.Reserve(t.Context(), onStream(upload, 3), 51, quota), core.QuotaFileBytes, 100)
	upload.Reserved = 50
	requireUpload(t, catalog, upload)
	require.NoError(t, catalog.Reserve(t.Context(), onStream(upload, 3), 20, quota), "less is never refused")
}

func refusesFileBeyondQuota(t *testing.T, open Opener) {
	catalog, quota, from := open(t), core.Quota{Bytes: 100, Files: 2}, sized("a", 60)
	createFiles(t, catalog, from)
	requireOver(t, catalog.CopyFile(t.Context(), "a", copied(from, "b"), quota), core.QuotaFileBytes, 100)
	requireNoFile(t, catalog, "acme", "b")
	for _, shared := range []bool{true, false} {
		whole := finished(reserving("whole", 60), at(5))
		whole.Quota = quota
		if shared {
			whole = having(whole, "a")
		}
		requireOver(t, second(catalog.CompleteUpload(t.Context(), whole)), core.QuotaFileBytes, 100)
		requireNoUpload(t, catalog, whole.Upload.UploadKey)
		requireNoFile(t, catalog, "acme", whole.File.ID)
	}
	fits := finished(reserving("fits", 40), at(5))
	fits.Quota = quota
	settled(t, catalog, fits)
	requireOver(t, catalog.CopyFile(t.Context(), "a", copied(from, "c"), core.Quota{Files: 2}), core.QuotaFiles, 2)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 100, Files: 2})
}

// existsBeyondQuota completes with a file that is there, which takes nothing.
func existsBeyondQuota(t *testing.T, open Opener) {
	catalog, file := open(t), sized("a", 60)
	createFiles(t, catalog, file)
	completion := having(finished(reserving("b", 60), at(9)), "a")
	completion.IfAbsent, completion.File.Name, completion.Quota = true, file.Name, core.Quota{Bytes: 1, Files: 1}
	requireShared(t, catalog, completion, file)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 60, Files: 1})
}

func storesWhatIsReserved(t *testing.T, open Opener) {
	catalog, upload := open(t), reserving("a", 80)
	create(t, catalog, upload, reserving("b", 80))
	completion := registered(upload, at(5))
	completion.Quota = core.Quota{Bytes: 10, Files: 1}
	settled(t, catalog, completion)
	requireUpload(t, catalog, completion.Upload)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 80, Files: 1, ReservedBytes: 80, ReservedFiles: 1})
}

// usageOf recomputes a tenant's usage from the rows of one subject, which are all
// that it has.
func usageOf(ctx context.Context, t require.TestingT, catalog core.Catalog, tenant, subject string) core.Usage {
	var usage core.Usage
	for _, status := range []core.FileStatus{core.FileAvailable, core.FileQuarantined} {
		files, err := catalog.ListFiles(ctx, core.FileQuery{Tenant: tenant, Status: status, Limit: 1 << 20})
		require.NoError(t, err)
		for i := range files {
			usage.Files++
			usage.Bytes += files[i].Size
		}
	}
	uploads, err := catalog.ListUploads(ctx, core.UploadQuery{
		Tenant: tenant, Subject: subject, Statuses: []core.Status{core.Receiving}, Limit: 1 << 20,
	})
	require.NoError(t, err)
	for i := range uploads {
		usage.ReservedFiles++
		usage.ReservedBytes += uploads[i].Reserved
	}
	return usage
}

// unlessOver returns an error that is not a QuotaError.
func unlessOver(err error) error {
	if _, over := errors.AsType[*core.QuotaError](err); over {
		return nil
	}
	return err
}
