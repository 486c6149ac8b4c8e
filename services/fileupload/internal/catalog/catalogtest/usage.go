package catalogtest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var usageContracts = []contract{
	{"usage sums up files and what uploads reserve", sumsUpUsage},
	{"usage is given back", givesUsageBack},
	{"a reservation belongs to a receiving upload", refusesReservation},
	{"an upload beyond the quota is not created", refusesUploadBeyondQuota},
	{"a reservation beyond the quota changes nothing", refusesReservationBeyondQuota},
	{"a file beyond the quota is not added", refusesFileBeyondQuota},
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
	require.NoError(t, catalog.Reserve(t.Context(), reserving("b", 0).UploadKey, 50, core.Quota{}))
	for _, catalog := range []core.Catalog{catalog, open(t)} {
		requireUsage(t, catalog, "acme", core.Usage{Bytes: 1 << 40, Files: 2, ReservedBytes: 150, ReservedFiles: 2})
		requireUsage(t, catalog, "other", core.Usage{Bytes: 7, Files: 1})
		requireUsage(t, catalog, "nobody", core.Usage{})
	}
}

func givesUsageBack(t *testing.T, open Opener) {
	catalog := open(t)
	aborted, deleted, expired, done := reserving("a", 1), reserving("b", 2), reserving("c", 4), reserving("d", 8)
	create(t, catalog, aborted, deleted, expired, done)
	require.NoError(t, catalog.AbortUpload(t.Context(), aborted.UploadKey, at(2), at(3)))
	requireUsage(t, catalog, "acme", core.Usage{ReservedBytes: 14, ReservedFiles: 3})
	require.NoError(t, catalog.DeleteUpload(t.Context(), aborted.UploadKey))
	require.NoError(t, catalog.DeleteUpload(t.Context(), deleted.UploadKey))
	requireUsage(t, catalog, "acme", core.Usage{ReservedBytes: 12, ReservedFiles: 2})
	gone, err := catalog.DeleteExpiredUpload(t.Context(), expired.UploadKey, at(2000))
	require.NoError(t, err)
	require.True(t, gone)
	_, file := complete(t, catalog, done)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 8, Files: 1})
	require.NoError(t, catalog.DeleteFile(t.Context(), file.Tenant, file.ID))
	requireUsage(t, catalog, "acme", core.Usage{})
	old := sized("old", 16)
	old.ExpiresAt = at(10)
	createFiles(t, catalog, old)
	gone, err = catalog.DeleteExpiredFile(t.Context(), old.ID, at(20))
	require.NoError(t, err)
	require.True(t, gone)
	requireUsage(t, catalog, "acme", core.Usage{})
}

func refusesReservation(t *testing.T, open Opener) {
	catalog, aborted, missing := open(t), reserving("aborted", 5), reserving("missing", 5)
	create(t, catalog, aborted)
	require.NoError(t, catalog.AbortUpload(t.Context(), aborted.UploadKey, at(2), at(3)))
	for _, upload := range []core.Upload{aborted, missing} {
		for _, quota := range []core.Quota{{}, {Bytes: 100}} {
			require.ErrorIs(t, catalog.Reserve(t.Context(), upload.UploadKey, 9, quota), core.ErrNotFound)
		}
	}
	requireUsage(t, catalog, "acme", core.Usage{})
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
	require.NoError(t, catalog.Reserve(t.Context(), upload.UploadKey, 50, quota))
	requireOver(t, catalog.Reserve(t.Context(), upload.UploadKey, 51, quota), core.QuotaFileBytes, 100)
	upload.Reserved = 50
	requireUpload(t, catalog, upload)
	require.NoError(t, catalog.Reserve(t.Context(), upload.UploadKey, 20, quota), "less is never refused")
}

func refusesFileBeyondQuota(t *testing.T, open Opener) {
	catalog, quota := open(t), core.Quota{Bytes: 100, Files: 2}
	createFiles(t, catalog, sized("a", 60))
	requireOver(t, catalog.CreateFile(t.Context(), sized("b", 41), quota), core.QuotaFileBytes, 100)
	requireNoFile(t, catalog, "acme", "b")
	whole, file := finished(reserving("whole", 41), at(5))
	requireOver(t, catalog.CompleteUpload(t.Context(), whole, file, quota), core.QuotaFileBytes, 100)
	requireNoUpload(t, catalog, whole.UploadKey)
	requireNoFile(t, catalog, "acme", file.ID)
	require.NoError(t, catalog.CreateFile(t.Context(), sized("b", 40), quota))
	requireOver(t, catalog.CreateFile(t.Context(), sized("c", 0), quota), core.QuotaFiles, 2)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 100, Files: 2})
}

func storesWhatIsReserved(t *testing.T, open Opener) {
	catalog, upload := open(t), reserving("a", 80)
	create(t, catalog, upload, reserving("b", 80))
	done, file := finished(upload, at(5))
	require.NoError(t, catalog.CompleteUpload(t.Context(), done, file, core.Quota{Bytes: 10, Files: 1}))
	done.Reserved = 0
	requireUpload(t, catalog, done)
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 80, Files: 1, ReservedBytes: 80, ReservedFiles: 1})
}

// usageOf recomputes a tenant's usage from the rows of one subject, which are all
// that it has.
func usageOf(ctx context.Context, t require.TestingT, catalog core.Catalog, tenant, subject string) core.Usage {
	files, err := catalog.ListFiles(ctx, core.FileQuery{Tenant: tenant, Limit: 1 << 20})
	require.NoError(t, err)
	uploads, err := catalog.ListUploads(ctx, core.UploadQuery{
		Tenant: tenant, Subject: subject, Statuses: []core.Status{core.Receiving}, Limit: 1 << 20,
	})
	require.NoError(t, err)
	usage := core.Usage{Files: int64(len(files)), ReservedFiles: int64(len(uploads))}
	for i := range files {
		usage.Bytes += files[i].Size
	}
	for i := range uploads {
		usage.ReservedBytes += uploads[i].Reserved
	}
	return usage
}
