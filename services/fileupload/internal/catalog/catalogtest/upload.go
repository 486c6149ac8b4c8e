package catalogtest

import (
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
	{"a forgotten upload is gone", forgetsUpload},
	{"only a receiving upload is forgotten", keepsUnforgotten},
	{"what no text can hold is not found", findsNoOddText},
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
	given.CreatedAt, given.UpdatedAt = imprecise(want.CreatedAt), imprecise(want.UpdatedAt)
	given.ExpiresAt, given.FileExpiresAt = imprecise(want.ExpiresAt), imprecise(want.FileExpiresAt)
	create(t, catalog, given)
	requireUpload(t, catalog, want)

	got, exact := registered(given, given.CreatedAt), registered(want, want.CreatedAt)
	exact.Upload.Receipt.ExpiresAt = at(77)
	got.Upload.Receipt.ExpiresAt = imprecise(at(77))
	exact.File.ExpiresAt, exact.File.VerifiedAt, exact.File.DamagedAt, exact.File.Damage = at(78), at(79), at(80), "rot"
	got.File = exact.File
	got.File.CreatedAt, got.File.UpdatedAt = imprecise(exact.File.CreatedAt), imprecise(exact.File.UpdatedAt)
	got.File.ExpiresAt, got.File.VerifiedAt, got.File.DamagedAt = imprecise(at(78)), imprecise(at(79)), imprecise(at(80))
	_, err := catalog.CompleteUpload(t.Context(), got)
	require.NoError(t, err)
	requireUpload(t, catalog, exact.Upload)
	requireFile(t, catalog, exact.File)
}

// imprecise is a moment that is kept as this one.
func imprecise(moment time.Time) time.Time {
	return moment.Add(999).In(time.FixedZone("east", 3600))
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
	create(t, catalog, anns, bobs, others)
	require.NoError(t, catalog.AbortUpload(t.Context(), anns.UploadKey, at(2), at(3)))
	requireUpload(t, catalog, bobs)
	requireUpload(t, catalog, others)
	require.NoError(t, forget(t.Context(), catalog, bobs, bobs.Checkpoint.Streams))
	requireNoUpload(t, catalog, bobs.UploadKey)
	requireUpload(t, catalog, others)
}

func savesCheckpoint(t *testing.T, open Opener) {
	catalog, want, other := open(t), receiving("a"), receiving("b")
	create(t, catalog, want, other)
	want.Checkpoint = core.Checkpoint{
		Offset: 99, HashState: []byte("state"), PartProof: []byte("proof"), Head: []byte("head"),
		ContentType: "image/png", DuplicateBytes: 1, Streams: 3,
	}
	want.Checksum, want.UpdatedAt, want.ExpiresAt = checksumOf("c"), at(50), at(5000)
	saved := want
	saved.FileName, saved.Status, saved.Reserved, saved.Metadata = "nothing else", core.Aborted, 7, nil
	require.NoError(t, catalog.SaveCheckpoint(t.Context(), saved))
	requireUpload(t, catalog, want)
	requireUpload(t, catalog, other)

	want.Checkpoint = core.Checkpoint{Streams: 3}
	require.NoError(t, catalog.SaveCheckpoint(t.Context(), want))
	requireUpload(t, catalog, want)
}

// ofEveryEnd makes an upload of each kind that does not receive. One is missing.
func ofEveryEnd(t *testing.T, catalog core.Catalog) []core.Upload {
	t.Helper()
	done, _ := complete(t, catalog, receiving("done"))
	held, _ := settled(t, catalog, quarantined(finished(receiving("held"), at(5))))
	aborted, expired := receiving("aborted"), receiving("expired")
	create(t, catalog, aborted, expired)
	require.NoError(t, catalog.AbortUpload(t.Context(), aborted.UploadKey, at(2), at(3)))
	requireDone(t, true)(catalog.ExpireUpload(t.Context(), expired.UploadKey, ended(1001)))
	deleted, file := complete(t, catalog, receiving("deleted"))
	requireOrphan(t, catalog, file, file.BlobID)
	uploads := []core.Upload{done, held, aborted, expired, deleted}
	for i := range uploads {
		var err error
		uploads[i], err = catalog.FindUpload(t.Context(), uploads[i].UploadKey)
		require.NoError(t, err)
	}
	return append(uploads, receiving("missing"))
}

// requireUnchanged looks that the uploads of ofEveryEnd are as they were.
func requireUnchanged(t *testing.T, catalog core.Catalog, uploads []core.Upload) {
	t.Helper()
	for _, upload := range uploads {
		if upload.UploadID == "missing" {
			requireNoUpload(t, catalog, upload.UploadKey)
			continue
		}
		requireUpload(t, catalog, upload)
	}
}

func refusesCheckpoint(t *testing.T, open Opener) {
	catalog := open(t)
	uploads := ofEveryEnd(t, catalog)
	for _, upload := range uploads {
		upload.Checkpoint.Offset, upload.UpdatedAt = 1, at(50)
		require.ErrorIs(t, catalog.SaveCheckpoint(t.Context(), upload), core.ErrNotFound, upload.UploadID)
	}
	requireUnchanged(t, catalog, uploads)
}

func abortsUpload(t *testing.T, open Opener) {
	catalog, upload, other := open(t), receiving("a"), receiving("b")
	upload.Reserved = 5
	create(t, catalog, upload, other)
	end := core.End{At: at(7), ExpiresAt: at(70)}
	require.NoError(t, catalog.AbortUpload(t.Context(), upload.UploadKey, end.At, end.ExpiresAt))
	requireUpload(t, catalog, tombstone(upload, core.Aborted, end))
	requireUpload(t, catalog, other)
}

func refusesAbort(t *testing.T, open Opener) {
	catalog := open(t)
	uploads := ofEveryEnd(t, catalog)
	for _, upload := range uploads {
		require.ErrorIs(t, catalog.AbortUpload(t.Context(), upload.UploadKey, at(50), at(60)), core.ErrNotFound, upload.UploadID)
	}
	requireUnchanged(t, catalog, uploads)
}

func forgetsUpload(t *testing.T, open Opener) {
	catalog, gone, kept := open(t), receiving("gone"), receiving("kept")
	create(t, catalog, gone, kept)
	require.NoError(t, forget(t.Context(), catalog, gone, 3))
	requireNoUpload(t, catalog, gone.UploadKey)
	requireUpload(t, catalog, kept)
	require.NoError(t, forget(t.Context(), catalog, gone, 3), "once more")
	create(t, catalog, gone)
	requireUpload(t, catalog, gone)
}

func keepsUnforgotten(t *testing.T, open Opener) {
	catalog := open(t)
	uploads := ofEveryEnd(t, catalog)
	for _, upload := range uploads {
		require.NoError(t, forget(t.Context(), catalog, upload, upload.Checkpoint.Streams), upload.UploadID)
	}
	requireUnchanged(t, catalog, uploads)
}

// findsNoOddText asks for bytes that are no text, or that not every database can
// hold in one.
func findsNoOddText(t *testing.T, open Opener) {
	catalog := open(t)
	createFiles(t, catalog, stored("a"))
	for _, odd := range []string{"a\x00", "\xff", "a\xc3"} {
		requireNoFile(t, catalog, "acme", odd)
		requireNoUpload(t, catalog, core.UploadKey{Tenant: "acme", Subject: "filler", UploadID: "of-" + odd})
		found, err := catalog.ListFiles(t.Context(), core.FileQuery{
			Tenant: "acme", Status: core.FileAvailable, NamePrefix: odd, Limit: 10,
		})
		require.NoError(t, err)
		require.Empty(t, found)
	}
}
