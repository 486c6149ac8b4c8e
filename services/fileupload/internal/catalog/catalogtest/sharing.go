package catalogtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var sharingContracts = []contract{
	{"content that is there is shared", sharesContent},
	{"content of an upload that was there is shared", sharesWithKnownUpload},
	{"only who may read the other file is told of it", tellsReadersOnly},
	{"content is shared with an available undamaged file of the tenant", sharesWithFitOnly},
	{"a quarantined file shares nothing", quarantinedSharesNothing},
	{"content that was to be shared and is gone is told", tellsContentGone},
	{"a file that was to be named and is gone is told", tellsFileGone},
	{"a file that is there already is not made twice", makesNoSecondFile},
	{"a file of another name is made in spite of if_absent", makesFileOfOtherName},
	{"uploads of one file end with it", endsAllUploadsOfFile},
}

// everything is what a principal without restrictions may read.
var everything = core.Readable{Any: true}

// requireShared completes an upload, and looks that it is what Sharing makes of it
// with same.
func requireShared(t *testing.T, catalog core.Catalog, completion core.Completion, same core.File) core.Completion {
	t.Helper()
	want := completion.Sharing(&same)
	got, err := catalog.CompleteUpload(t.Context(), completion)
	require.NoError(t, err)
	require.Equal(t, want, got)
	requireUpload(t, catalog, want.Upload)
	requireFile(t, catalog, want.File)
	return got
}

func sharesContent(t *testing.T, open Opener) {
	catalog, first := open(t), stored("first")
	createFiles(t, catalog, first)
	completion := having(finished(receiving("second"), at(9)), "first")
	completion.Readable = everything
	got := requireShared(t, catalog, completion, first)
	require.Equal(t, first.BlobID, got.File.BlobID)
	require.False(t, got.Own)
	require.False(t, got.Existed)
	require.True(t, got.Upload.Receipt.Deduplicated)
	requireFile(t, catalog, first)

	completion = having(finished(receiving("third"), at(10)), "first")
	completion.Own = false
	requireShared(t, catalog, completion, first)
}

func sharesWithKnownUpload(t *testing.T, open Opener) {
	catalog, first, upload := open(t), stored("first"), receiving("second")
	createFiles(t, catalog, first)
	create(t, catalog, upload)
	requireShared(t, catalog, having(registered(upload, at(9)), "first"), first)
}

func tellsReadersOnly(t *testing.T, open Opener) {
	catalog, first := open(t), stored("first")
	createFiles(t, catalog, first)
	for id, readable := range map[string]core.Readable{
		"no one":   {},
		"anyone":   everything,
		"the name": {Any: true, Names: principal.Patterns{"Zürich f*"}},
		"another":  {Any: true, Names: principal.Patterns{"other*"}},
	} {
		completion := having(finished(receiving(id), at(9)), "first")
		completion.Readable = readable
		got := requireShared(t, catalog, completion, first)
		require.Equal(t, id == "anyone" || id == "the name", got.Upload.Receipt.Deduplicated, id)
	}
}

func sharesWithFitOnly(t *testing.T, open Opener) {
	for name, unfit := range map[string]func(*core.File){
		"another tenant": func(f *core.File) { f.Tenant = "other" },
		"another size":   func(f *core.File) { f.Size++ },
		"damaged":        func(f *core.File) { f.DamagedAt, f.Damage = at(6), "rot" },
		"quarantined":    func(f *core.File) { f.Status, f.Quarantine = core.FileQuarantined, "because" },
	} {
		t.Run(name, func(t *testing.T) {
			catalog, first := open(t), stored(name)
			unfit(&first)
			createFiles(t, catalog, first)
			completion := having(finished(receiving("own "+name), at(9)), name)
			settled(t, catalog, completion)
			completion = having(finished(receiving("shared "+name), at(9)), name)
			completion.Own, completion.File.Size = false, 12345
			_, err := catalog.CompleteUpload(t.Context(), completion)
			require.ErrorIs(t, err, core.ErrContentGone)
		})
	}
}

func quarantinedSharesNothing(t *testing.T, open Opener) {
	catalog, first := open(t), stored("first")
	createFiles(t, catalog, first)
	completion := quarantined(having(finished(receiving("second"), at(9)), "first"))
	settled(t, catalog, completion)
	requireUpload(t, catalog, completion.Upload)
	requireFile(t, catalog, completion.File)
}

func tellsContentGone(t *testing.T, open Opener) {
	catalog, known := open(t), receiving("known")
	create(t, catalog, known)
	for _, completion := range []core.Completion{finished(receiving("unknown"), at(9)), registered(known, at(9))} {
		completion.Own = false
		_, err := catalog.CompleteUpload(t.Context(), completion)
		require.ErrorIs(t, err, core.ErrContentGone)
		requireNoFile(t, catalog, "acme", completion.File.ID)
	}
	requireNoUpload(t, catalog, receiving("unknown").UploadKey)
	requireUpload(t, catalog, known)
}

// tellsFileGone completes with a file that was found and has gone since, while
// another one has its content.
func tellsFileGone(t *testing.T, open Opener) {
	catalog := open(t)
	files := share(t, catalog, "gone", "other")
	completion := having(finished(receiving("a"), at(9)), "gone")
	completion.IfAbsent, completion.File.Name, completion.Upload.FileName = true, files[0].Name, files[0].Name
	completion = completion.Sharing(&files[0])
	require.True(t, completion.Existed)
	requireOrphan(t, catalog, files[0], "")
	_, err := catalog.CompleteUpload(t.Context(), completion)
	require.ErrorIs(t, err, core.ErrContentGone)
	requireNoUpload(t, catalog, completion.Upload.UploadKey)
}

func makesNoSecondFile(t *testing.T, open Opener) {
	catalog := open(t)
	files := share(t, catalog, "first", "copy")
	first, namesake := files[0], files[1]
	newer := copied(first, "newer")
	newer.Name, newer.CreatedAt = namesake.Name, namesake.CreatedAt.Add(1000)
	require.NoError(t, catalog.CopyFile(t.Context(), "first", newer, core.Quota{}))
	known := receiving("known")
	create(t, catalog, known)

	for _, completion := range []core.Completion{finished(receiving("unknown"), at(20)), registered(known, at(20))} {
		completion = having(completion, "first")
		completion.IfAbsent, completion.File.Name, completion.Readable.Any = true, namesake.Name, true
		got := requireShared(t, catalog, completion, namesake)
		require.True(t, got.Existed)
		require.Equal(t, namesake.ID, got.Upload.FileID)
		require.Equal(t, namesake.ID, got.Upload.Receipt.FileID)
		requireNoFile(t, catalog, "acme", completion.File.ID)
	}
	requireUsage(t, catalog, "acme", core.Usage{Bytes: 3 << 40, Files: 3})
}

func makesFileOfOtherName(t *testing.T, open Opener) {
	catalog, first := open(t), stored("first")
	createFiles(t, catalog, first)
	completion := having(finished(receiving("second"), at(9)), "first")
	completion.IfAbsent = true
	got := requireShared(t, catalog, completion, first)
	require.False(t, got.Existed)
	require.Equal(t, completion.File.ID, got.File.ID)
}

func endsAllUploadsOfFile(t *testing.T, open Opener) {
	catalog := open(t)
	one, file := complete(t, catalog, receiving("one"))
	completion := having(finished(receiving("two"), at(60)), "one")
	completion.IfAbsent, completion.File.Name = true, file.Name
	two := requireShared(t, catalog, completion, file).Upload
	requireOrphan(t, catalog, file, file.BlobID)
	requireUpload(t, catalog, tombstone(one, core.Deleted, ended(90)))
	requireUpload(t, catalog, tombstone(two, core.Deleted, ended(90)))
}
