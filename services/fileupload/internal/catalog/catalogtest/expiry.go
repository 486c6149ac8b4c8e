package catalogtest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var expiryContracts = []contract{
	{"expired uploads are found, oldest first", findsExpiredUploads},
	{"expired files are found, oldest first", findsExpiredFiles},
	{"an unfinished upload that expired leaves a tombstone", buriesExpiredUpload},
	{"a finished or ended upload that expired is removed", removesExpiredUpload},
	{"an upload whose expiry moved meanwhile stays", keepsMovedUpload},
	{"an expired file leaves a tombstone of its upload", expiresFile},
	{"a file whose expiry moved meanwhile stays", keepsMovedFile},
}

// expiries are those of six things, and what has expired of them before at(25)
// in order.
var (
	expiries = map[string]time.Time{
		"late": at(30), "first": at(10), "third": at(20), "never": {}, "now": at(25), "other": at(15), "fourth": at(20),
	}
	expired = []string{"first", "other", "fourth", "third"}
)

func findsExpiredUploads(t *testing.T, open Opener) {
	catalog := open(t)
	for id, expires := range expiries {
		upload := receiving(id)
		upload.ExpiresAt = expires
		if id == "other" {
			upload.Tenant = "other"
		}
		create(t, catalog, upload)
	}
	requireListed(t, func(query core.ExpiredQuery) (ids []string, next core.ExpiredPage) {
		found, err := catalog.ExpiredUploads(t.Context(), query)
		require.NoError(t, err)
		for _, upload := range found {
			next = core.ExpiredPage{After: upload.ExpiresAt, AfterID: upload.FileID}
		}
		return uploadIDs(found), next
	})
}

func findsExpiredFiles(t *testing.T, open Opener) {
	catalog := open(t)
	for id, expires := range expiries {
		file := stored(id)
		file.ExpiresAt = expires
		if id == "other" {
			file.Tenant = "other"
		}
		createFiles(t, catalog, file)
	}
	requireListed(t, func(query core.ExpiredQuery) (ids []string, next core.ExpiredPage) {
		found, err := catalog.ExpiredFiles(t.Context(), query)
		require.NoError(t, err)
		for i := range found {
			next = core.ExpiredPage{After: found[i].ExpiresAt, AfterID: found[i].ID}
		}
		return fileIDs(found), next
	})
}

// requireListed reads what has expired in pages of every size.
func requireListed(t *testing.T, list func(core.ExpiredQuery) (ids []string, next core.ExpiredPage)) {
	t.Helper()
	for limit := 1; limit <= len(expired)+1; limit++ {
		query := core.ExpiredQuery{Now: at(25), Limit: limit}
		var got []string
		for {
			ids, next := list(query)
			require.LessOrEqual(t, len(ids), limit)
			if len(ids) == 0 {
				break
			}
			got, query.After = append(got, ids...), next
		}
		require.Equal(t, expired, got, "pages of %d", limit)
	}
	ids, _ := list(core.ExpiredQuery{Now: at(25).Add(time.Microsecond), Limit: 10})
	require.Equal(t, append(slices.Clip(expired), "now"), ids)
}

func buriesExpiredUpload(t *testing.T, open Opener) {
	catalog, gone, kept := open(t), receiving("gone"), receiving("kept")
	gone.Reserved = 7
	create(t, catalog, gone, kept)
	end := core.End{At: gone.ExpiresAt.Add(time.Microsecond), ExpiresAt: at(5000)}
	requireDone(t, true)(catalog.ExpireUpload(t.Context(), gone.UploadKey, end))
	gone = tombstone(gone, core.Expired, end)
	requireUpload(t, catalog, gone)
	requireUpload(t, catalog, kept)
	requireDone(t, false)(catalog.ExpireUpload(t.Context(), gone.UploadKey, end))
	requireUpload(t, catalog, gone)
	end.At = at(5000).Add(time.Microsecond)
	requireDone(t, true)(catalog.ExpireUpload(t.Context(), gone.UploadKey, end))
	requireNoUpload(t, catalog, gone.UploadKey)
	requireDone(t, false)(catalog.ExpireUpload(t.Context(), gone.UploadKey, end))
}

func removesExpiredUpload(t *testing.T, open Opener) {
	catalog := open(t)
	uploads := ofEveryEnd(t, catalog)
	end := core.End{At: at(1 << 20), ExpiresAt: at(2 << 20)}
	for _, upload := range uploads {
		requireDone(t, upload.UploadID != "missing")(catalog.ExpireUpload(t.Context(), upload.UploadKey, end))
		requireNoUpload(t, catalog, upload.UploadKey)
	}
	_, err := catalog.FindFile(t.Context(), "acme", uploads[0].FileID)
	require.NoError(t, err, "its file stays")
}

func keepsMovedUpload(t *testing.T, open Opener) {
	catalog, upload, never := open(t), receiving("a"), receiving("never")
	never.ExpiresAt = time.Time{}
	create(t, catalog, upload, never)
	done, _ := complete(t, catalog, receiving("done"))
	now := upload.ExpiresAt.Add(time.Second)
	found, err := catalog.ExpiredUploads(t.Context(), core.ExpiredQuery{Now: now, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 2)
	upload.ExpiresAt = now
	require.NoError(t, catalog.SaveCheckpoint(t.Context(), upload))
	for _, upload := range []core.Upload{upload, never} {
		requireDone(t, false)(catalog.ExpireUpload(t.Context(), upload.UploadKey, core.End{At: now, ExpiresAt: at(9000)}))
		requireUpload(t, catalog, upload)
	}
	requireDone(t, false)(catalog.ExpireUpload(t.Context(), done.UploadKey, core.End{At: done.ExpiresAt, ExpiresAt: at(9000)}))
	requireUpload(t, catalog, done)
}

func expiresFile(t *testing.T, open Opener) {
	catalog := open(t)
	gone, file := completeExpiring(t, catalog, finished(receiving("gone"), at(5)))
	held, heldFile := completeExpiring(t, catalog, quarantined(finished(receiving("held"), at(5))))
	kept, keptFile := completeExpiring(t, catalog, finished(receiving("kept"), at(5)))
	end := core.End{At: at(100).Add(time.Microsecond), ExpiresAt: at(5000)}
	requireExpired(t, true, file.BlobID)(catalog.ExpireFile(t.Context(), file.ID, end))
	requireExpired(t, true, heldFile.BlobID)(catalog.ExpireFile(t.Context(), heldFile.ID, end))
	for _, file := range []core.File{file, heldFile} {
		requireNoFile(t, catalog, file.Tenant, file.ID)
	}
	for _, upload := range []core.Upload{gone, held} {
		requireUpload(t, catalog, tombstone(upload, core.Expired, end))
	}
	requireFile(t, catalog, keptFile)
	requireUpload(t, catalog, kept)
	requireExpired(t, false, "")(catalog.ExpireFile(t.Context(), file.ID, end))
}

func keepsMovedFile(t *testing.T, open Opener) {
	catalog := open(t)
	upload, file := completeExpiring(t, catalog, finished(receiving("a"), at(5)))
	now := at(101)
	found, err := catalog.ExpiredFiles(t.Context(), core.ExpiredQuery{Now: now, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	for _, moved := range []time.Time{now, at(5000), {}} {
		file.ExpiresAt = moved
		_, err := catalog.UpdateFile(t.Context(), file.Tenant, file.ID,
			core.FileChange{ExpiresAt: &moved, UpdatedAt: file.UpdatedAt})
		require.NoError(t, err)
		requireExpired(t, false, "")(catalog.ExpireFile(t.Context(), file.ID, core.End{At: now, ExpiresAt: at(9000)}))
		requireFile(t, catalog, file)
		requireUpload(t, catalog, upload)
	}
}

// completeExpiring completes an upload to a file that expires at(100).
func completeExpiring(t *testing.T, catalog core.Catalog, completion core.Completion) (core.Upload, core.File) {
	t.Helper()
	completion.File.ExpiresAt = at(100)
	return settled(t, catalog, completion)
}

// requireDone checks what ending an upload returns.
func requireDone(t *testing.T, want bool) func(done bool, err error) {
	t.Helper()
	return func(done bool, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, want, done)
	}
}

// requireExpired checks what ExpireFile returns.
func requireExpired(t *testing.T, done bool, orphan string) func(done bool, orphan string, err error) {
	t.Helper()
	return func(gotDone bool, gotOrphan string, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, done, gotDone)
		require.Equal(t, orphan, gotOrphan)
	}
}
