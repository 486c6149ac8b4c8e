package catalogtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var completionContracts = []contract{
	{"an upload that was there is completed", completesKnownUpload},
	{"an upload that was not there is completed", completesUnknownUpload},
	{"only a receiving upload that was there is completed", refusesCompletion},
	{"a completion whose key is taken changes nothing", refusesTakenCompletion},
	{"a completion whose file is taken changes nothing", refusesTakenFile},
	{"a finished upload reserves nothing", completionReservesNothing},
}

func completesKnownUpload(t *testing.T, open Opener) {
	catalog, upload, other := open(t), receiving("a"), receiving("b")
	create(t, catalog, upload, other)
	upload.Checksum = checksumOf("told at the end")
	want, file := completeRegistered(t, catalog, upload)
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

func refusesCompletion(t *testing.T, open Opener) {
	catalog := open(t)
	uploads := ofEveryEnd(t, catalog)
	for _, upload := range uploads {
		completion := registered(upload, at(50))
		completion.File.ID = "file-from-" + upload.UploadID
		_, err := catalog.CompleteUpload(t.Context(), completion)
		require.ErrorIs(t, err, core.ErrNotFound, upload.UploadID)
		requireNoFile(t, catalog, "acme", completion.File.ID)
	}
	requireUnchanged(t, catalog, uploads)
}

func refusesTakenCompletion(t *testing.T, open Opener) {
	catalog, going := open(t), receiving("going")
	create(t, catalog, going)
	done, _ := complete(t, catalog, receiving("done"))
	aborted := receiving("aborted")
	create(t, catalog, aborted)
	require.NoError(t, catalog.AbortUpload(t.Context(), aborted.UploadKey, at(2), at(3)))
	for _, upload := range []core.Upload{going, done, aborted} {
		upload.FileID = "another"
		_, err := catalog.CompleteUpload(t.Context(), finished(upload, at(50)))
		require.ErrorIs(t, err, core.ErrExists, upload.UploadID)
	}
	requireUpload(t, catalog, going)
	requireUpload(t, catalog, done)
	requireNoFile(t, catalog, "acme", "another")
}

func refusesTakenFile(t *testing.T, open Opener) {
	catalog, upload := open(t), receiving("a")
	create(t, catalog, upload)
	taken := stored(upload.FileID)
	taken.Name = "taken.csv"
	createFiles(t, catalog, taken)

	_, err := catalog.CompleteUpload(t.Context(), registered(upload, at(5)))
	require.ErrorIs(t, err, core.ErrExists)
	requireUpload(t, catalog, upload)
	requireFile(t, catalog, taken)
}

func completionReservesNothing(t *testing.T, open Opener) {
	catalog, upload := open(t), reserving("a", 70)
	create(t, catalog, upload)
	completion := registered(upload, at(5))
	completion.Upload.Reserved = 70
	got, err := catalog.CompleteUpload(t.Context(), completion)
	require.NoError(t, err)
	completion.Upload.Reserved = 0
	require.Equal(t, completion, got)
	requireUpload(t, catalog, completion.Upload)
}
