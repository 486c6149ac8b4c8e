package catalogtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var completionContracts = []contract{
	{"an upload that was there is completed", completesKnownUpload},
	{"an upload that was not there is completed", completesUnknownUpload},
	{"a completion whose file is taken changes nothing", refusesTakenFile},
	{"a deleted file takes its finished upload along", deletesFileAndUpload},
	{"a deleted upload leaves its file", deletesUploadOnly},
}

func completesKnownUpload(t *testing.T, open Opener) {
	catalog, upload, other := open(t), receiving("a"), receiving("b")
	create(t, catalog, upload, other)
	want, file := complete(t, catalog, upload)
	requireUpload(t, catalog, want)
	requireFile(t, catalog, file)
	requireUpload(t, catalog, other)
}

func completesUnknownUpload(t *testing.T, open Opener) {
	catalog := open(t)
	want, file := complete(t, catalog, receiving("a"))
	requireUpload(t, catalog, want)
	requireFile(t, catalog, file)
	require.ErrorIs(t, catalog.CreateUpload(t.Context(), receiving("a"), core.Quota{}), core.ErrExists)
}

func refusesTakenFile(t *testing.T, open Opener) {
	catalog, upload := open(t), receiving("a")
	create(t, catalog, upload)
	taken := stored(upload.FileID)
	taken.Name = "taken.csv"
	createFiles(t, catalog, taken)

	done, file := finished(upload, at(5))
	require.ErrorIs(t, catalog.CompleteUpload(t.Context(), done, file, core.Quota{}), core.ErrExists)
	requireUpload(t, catalog, upload)
	requireFile(t, catalog, taken)
}

func deletesFileAndUpload(t *testing.T, open Opener) {
	catalog := open(t)
	gone, goneFile := complete(t, catalog, receiving("gone"))
	kept, keptFile := complete(t, catalog, receiving("kept"))

	require.ErrorIs(t, catalog.DeleteFile(t.Context(), "other", goneFile.ID), core.ErrNotFound)
	requireUpload(t, catalog, gone)
	requireFile(t, catalog, goneFile)

	require.NoError(t, catalog.DeleteFile(t.Context(), goneFile.Tenant, goneFile.ID))
	requireNoFile(t, catalog, goneFile.Tenant, goneFile.ID)
	requireNoUpload(t, catalog, gone.UploadKey)
	requireUpload(t, catalog, kept)
	requireFile(t, catalog, keptFile)
	require.ErrorIs(t, catalog.DeleteFile(t.Context(), goneFile.Tenant, goneFile.ID), core.ErrNotFound)
}

func deletesUploadOnly(t *testing.T, open Opener) {
	catalog := open(t)
	upload, file := complete(t, catalog, receiving("a"))
	require.NoError(t, catalog.DeleteUpload(t.Context(), upload.UploadKey))
	requireNoUpload(t, catalog, upload.UploadKey)
	requireFile(t, catalog, file)
	require.NoError(t, catalog.DeleteFile(t.Context(), file.Tenant, file.ID))
}
