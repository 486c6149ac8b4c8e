package catalogtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var uploadContracts = []contract{
	{"an upload is found as it was created", keepsUploads},
	{"times are kept to the microsecond in UTC", keepsMicroseconds},
	{"an upload's key is taken once", refusesTakenKey},
	{"an upload belongs to its subject and tenant", keepsSubjectsApart},
	{"a checkpoint moves what it names", savesCheckpoint},
	{"only a receiving upload has a checkpoint", refusesCheckpoint},
	{"an aborted upload has no checkpoint", abortsUpload},
	{"only a receiving upload is aborted", refusesAbort},
	{"a deleted upload is forgotten", deletesUpload},
}

func keepsUploads(t *testing.T, open Opener) {
	catalog := open(t)
	full, bare, odd := receiving("full"), core.Upload{}, receiving("odd")
	bare.UploadKey = core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: "bare"}
	bare.TotalSize, bare.Status, bare.FileID = core.UnknownSize, core.Receiving, "bare"
	bare.CreatedAt, bare.UpdatedAt = at(0), at(0)
	odd.FileName = "x'; DROP TABLE uploads; --"
	odd.Metadata = map[string]string{}
	odd.Tenant = ""
	for _, upload := range []core.Upload{full, bare, odd} {
		create(t, catalog, upload)
		requireUpload(t, catalog, upload)
	}
	requireNoUpload(t, catalog, core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: "other"})
}

func keepsMicroseconds(t *testing.T, open Opener) {
	catalog, want := open(t), receiving("a")
	given := want
	east := time.FixedZone("east", 3600)
	given.CreatedAt = want.CreatedAt.Add(999).In(east)
	given.UpdatedAt = want.UpdatedAt.Add(999).In(east)
	given.ExpiresAt = want.ExpiresAt.Add(999).In(east)
	create(t, catalog, given)
	requireUpload(t, catalog, want)

	given, file := finished(given, given.CreatedAt)
	want, wantFile := finished(want, want.CreatedAt)
	require.NoError(t, catalog.CompleteUpload(t.Context(), given, file, core.Quota{}))
	requireUpload(t, catalog, want)
	requireFile(t, catalog, wantFile)
}

func refusesTakenKey(t *testing.T, open Opener) {
	catalog, first := open(t), receiving("a")
	create(t, catalog, first)
	second := first
	second.FileName, second.FileID = "other.csv", "other"
	require.ErrorIs(t, catalog.CreateUpload(t.Context(), second, core.Quota{}), core.ErrExists)
	requireUpload(t, catalog, first)
}

func keepsSubjectsApart(t *testing.T, open Opener) {
	catalog, anns, bobs, others := open(t), receiving("a"), receiving("a"), receiving("a")
	bobs.Subject, bobs.FileID = "bob", "bobs"
	others.Tenant, others.FileID = "other", "others"
	create(t, catalog, anns, bobs)
	requireNoUpload(t, catalog, others.UploadKey)
	create(t, catalog, others)
	require.NoError(t, catalog.AbortUpload(t.Context(), anns.UploadKey, at(2), at(3)))
	require.NoError(t, catalog.DeleteUpload(t.Context(), bobs.UploadKey))
	requireNoUpload(t, catalog, bobs.UploadKey)
	requireUpload(t, catalog, others)
}

func savesCheckpoint(t *testing.T, open Opener) {
	catalog, want, other := open(t), receiving("a"), receiving("b")
	create(t, catalog, want, other)
	want.Checkpoint = core.Checkpoint{Offset: 99, HashState: []byte("state"), DuplicateBytes: 1, Streams: 4}
	want.Checksum, want.UpdatedAt, want.ExpiresAt = strings.Repeat("c", 64), at(50), at(5000)
	saved := want
	saved.FileName, saved.FileID = "nothing else", "nothing-else"
	require.NoError(t, catalog.SaveCheckpoint(t.Context(), saved))
	requireUpload(t, catalog, want)
	requireUpload(t, catalog, other)

	want.Checkpoint = core.Checkpoint{}
	require.NoError(t, catalog.SaveCheckpoint(t.Context(), want))
	requireUpload(t, catalog, want)
}

func refusesCheckpoint(t *testing.T, open Opener) {
	catalog, done, aborted, missing := open(t), receiving("done"), receiving("aborted"), receiving("missing")
	create(t, catalog, done, aborted)
	done, _ = complete(t, catalog, done)
	require.NoError(t, catalog.AbortUpload(t.Context(), aborted.UploadKey, at(2), at(3)))
	for _, upload := range []core.Upload{done, aborted, missing} {
		changed := upload
		changed.Checkpoint, changed.UpdatedAt = core.Checkpoint{Offset: 1}, at(50)
		err := catalog.SaveCheckpoint(t.Context(), changed)
		require.ErrorIs(t, err, core.ErrNotFound, upload.UploadID)
	}
	requireUpload(t, catalog, done)
	requireNoUpload(t, catalog, missing.UploadKey)
}

func abortsUpload(t *testing.T, open Opener) {
	catalog, want, other := open(t), receiving("a"), receiving("b")
	create(t, catalog, want, other)
	want.Status, want.Checkpoint = core.Aborted, core.Checkpoint{}
	want.UpdatedAt, want.ExpiresAt = at(7), at(70)
	require.NoError(t, catalog.AbortUpload(t.Context(), want.UploadKey, want.UpdatedAt, want.ExpiresAt))
	requireUpload(t, catalog, want)
	requireUpload(t, catalog, other)
}

func refusesAbort(t *testing.T, open Opener) {
	catalog, done, aborted, missing := open(t), receiving("done"), receiving("aborted"), receiving("missing")
	create(t, catalog, done, aborted)
	done, _ = complete(t, catalog, done)
	require.NoError(t, catalog.AbortUpload(t.Context(), aborted.UploadKey, at(2), at(3)))
	for _, upload := range []core.Upload{done, aborted, missing} {
		err := catalog.AbortUpload(t.Context(), upload.UploadKey, at(50), at(60))
		require.ErrorIs(t, err, core.ErrNotFound, upload.UploadID)
	}
	requireUpload(t, catalog, done)
}

func deletesUpload(t *testing.T, open Opener) {
	catalog, gone, kept := open(t), receiving("gone"), receiving("kept")
	create(t, catalog, gone, kept)
	require.NoError(t, catalog.DeleteUpload(t.Context(), gone.UploadKey))
	requireNoUpload(t, catalog, gone.UploadKey)
	requireUpload(t, catalog, kept)
	require.NoError(t, catalog.DeleteUpload(t.Context(), gone.UploadKey), "once more")
	create(t, catalog, gone)
	requireUpload(t, catalog, gone)
}
