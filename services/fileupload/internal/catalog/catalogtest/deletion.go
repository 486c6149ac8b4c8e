package catalogtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var deletionContracts = []contract{
	{"a deleted file leaves a tombstone of its upload", deletesFileAndUpload},
	{"a file is deleted by its status", deletesByStatus},
	{"only the last file of a content leaves an orphan", orphansLastOnly},
	{"a removed upload leaves its file", removesUploadOnly},
	{"an upload begins anew in the place of a tombstone", beginsAnew},
	{"an upload completes in the place of a tombstone", completesAnew},
}

func deletesFileAndUpload(t *testing.T, open Opener) {
	catalog, end := open(t), ended(90)
	gone, goneFile := complete(t, catalog, receiving("gone"))
	kept, keptFile := complete(t, catalog, receiving("kept"))

	_, err := catalog.DeleteFile(t.Context(), "other", goneFile.ID, core.FileAvailable, end)
	require.ErrorIs(t, err, core.ErrNotFound)
	requireUpload(t, catalog, gone)
	requireFile(t, catalog, goneFile)

	requireOrphan(t, catalog, goneFile, goneFile.BlobID)
	requireNoFile(t, catalog, goneFile.Tenant, goneFile.ID)
	requireUpload(t, catalog, tombstone(gone, core.Deleted, end))
	requireUpload(t, catalog, kept)
	requireFile(t, catalog, keptFile)
	_, err = catalog.DeleteFile(t.Context(), goneFile.Tenant, goneFile.ID, core.FileAvailable, end)
	require.ErrorIs(t, err, core.ErrNotFound)
}

func deletesByStatus(t *testing.T, open Opener) {
	catalog := open(t)
	fit, fitFile := complete(t, catalog, receiving("fit"))
	held, heldFile := settled(t, catalog, quarantined(finished(receiving("held"), at(5))))
	for id, wrong := range map[string]core.FileStatus{fitFile.ID: core.FileQuarantined, heldFile.ID: core.FileAvailable} {
		_, err := catalog.DeleteFile(t.Context(), "acme", id, wrong, ended(90))
		require.ErrorIs(t, err, core.ErrNotFound, id)
	}
	requireUpload(t, catalog, fit)
	requireUpload(t, catalog, held)

	orphan, err := catalog.DeleteFile(t.Context(), "acme", heldFile.ID, core.FileQuarantined, ended(90))
	require.NoError(t, err)
	require.Equal(t, heldFile.BlobID, orphan)
	requireUpload(t, catalog, tombstone(held, core.Deleted, ended(90)))
	requireFile(t, catalog, fitFile)
}

func orphansLastOnly(t *testing.T, open Opener) {
	catalog := open(t)
	files := share(t, catalog, "a", "b", "c", "d")
	files[3].ExpiresAt = at(52)
	other := stored("other")
	createFiles(t, catalog, other)
	requireOrphan(t, catalog, files[1], "")
	requireOrphan(t, catalog, files[0], "")
	requireExpired(t, true, "")(catalog.ExpireFile(t.Context(), "c", ended(53)))
	requireFile(t, catalog, files[3])
	requireExpired(t, true, files[0].BlobID)(catalog.ExpireFile(t.Context(), "d", ended(53)))
	requireFile(t, catalog, other)
}

func removesUploadOnly(t *testing.T, open Opener) {
	catalog := open(t)
	upload, file := complete(t, catalog, receiving("a"))
	requireDone(t, true)(catalog.ExpireUpload(t.Context(), upload.UploadKey, ended(1001)))
	requireNoUpload(t, catalog, upload.UploadKey)
	requireFile(t, catalog, file)
	requireOrphan(t, catalog, file, file.BlobID)
	requireNoUpload(t, catalog, upload.UploadKey)
}

// buried makes two tombstones and returns uploads that have other files and the
// same keys.
func buried(t *testing.T, catalog core.Catalog) []core.Upload {
	t.Helper()
	_, file := complete(t, catalog, receiving("deleted"))
	requireOrphan(t, catalog, file, file.BlobID)
	expired := receiving("expired")
	create(t, catalog, expired)
	requireDone(t, true)(catalog.ExpireUpload(t.Context(), expired.UploadKey, ended(1001)))
	anew := []core.Upload{reserving("deleted", 70), reserving("expired", 70)}
	for i := range anew {
		anew[i].FileID, anew[i].FileName, anew[i].CreatedAt = "anew-"+anew[i].UploadID, "anew.csv", at(2000)
		anew[i].IfAbsent, anew[i].Metadata, anew[i].ContentType = false, nil, "image/png"
	}
	return anew
}

func beginsAnew(t *testing.T, open Opener) {
	catalog := open(t)
	for _, upload := range buried(t, catalog) {
		create(t, catalog, upload)
		requireUpload(t, catalog, upload)
		require.ErrorIs(t, catalog.CreateUpload(t.Context(), upload, core.Quota{}), core.ErrExists)
		completeRegistered(t, catalog, upload)
	}
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 140, Files: 2})
}

func completesAnew(t *testing.T, open Opener) {
	catalog := open(t)
	for _, upload := range buried(t, catalog) {
		done, file := complete(t, catalog, upload)
		requireUpload(t, catalog, done)
		requireFile(t, catalog, file)
	}
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 140, Files: 2})
}
