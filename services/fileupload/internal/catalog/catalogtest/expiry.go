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
	{"an expired upload is deleted", deletesExpiredUpload},
	{"an upload whose expiry moved meanwhile stays", keepsMovedUpload},
	{"an expired file is deleted with its finished upload", deletesExpiredFile},
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
	requireExpired(t, func(query core.ExpiredQuery) (ids []string, next core.ExpiredPage) {
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
	requireExpired(t, func(query core.ExpiredQuery) (ids []string, next core.ExpiredPage) {
		found, err := catalog.ExpiredFiles(t.Context(), query)
		require.NoError(t, err)
		for i := range found {
			next = core.ExpiredPage{After: found[i].ExpiresAt, AfterID: found[i].ID}
		}
		return fileIDs(found), next
	})
}

// requireExpired reads what has expired in pages of every size.
func requireExpired(t *testing.T, list func(core.ExpiredQuery) (ids []string, next core.ExpiredPage)) {
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

func deletesExpiredUpload(t *testing.T, open Opener) {
	catalog, gone, kept := open(t), receiving("gone"), receiving("kept")
	create(t, catalog, gone, kept)
	requireGone(t, true)(catalog.DeleteExpiredUpload(t.Context(), gone.UploadKey, gone.ExpiresAt.Add(time.Microsecond)))
	requireNoUpload(t, catalog, gone.UploadKey)
	requireUpload(t, catalog, kept)
	requireGone(t, false)(catalog.DeleteExpiredUpload(t.Context(), gone.UploadKey, gone.ExpiresAt.Add(time.Microsecond)))

	done, file := complete(t, catalog, kept)
	requireGone(t, true)(catalog.DeleteExpiredUpload(t.Context(), done.UploadKey, done.ExpiresAt.Add(time.Hour)))
	requireNoUpload(t, catalog, done.UploadKey)
	requireFile(t, catalog, file)
}

func keepsMovedUpload(t *testing.T, open Opener) {
	catalog, upload, never := open(t), receiving("a"), receiving("never")
	never.ExpiresAt = time.Time{}
	create(t, catalog, upload, never)
	now := upload.ExpiresAt.Add(time.Second)
	found, err := catalog.ExpiredUploads(t.Context(), core.ExpiredQuery{Now: now, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	upload.ExpiresAt = now
	require.NoError(t, catalog.SaveCheckpoint(t.Context(), upload))
	for _, upload := range []core.Upload{upload, never} {
		requireGone(t, false)(catalog.DeleteExpiredUpload(t.Context(), upload.UploadKey, now))
		requireUpload(t, catalog, upload)
	}
}

func deletesExpiredFile(t *testing.T, open Opener) {
	catalog := open(t)
	gone, file := completeExpiring(t, catalog, "gone")
	kept, keptFile := completeExpiring(t, catalog, "kept")
	now := at(100).Add(time.Microsecond)
	requireGone(t, true)(catalog.DeleteExpiredFile(t.Context(), file.ID, now))
	requireNoFile(t, catalog, file.Tenant, file.ID)
	requireNoUpload(t, catalog, gone.UploadKey)
	requireFile(t, catalog, keptFile)
	requireUpload(t, catalog, kept)
	requireGone(t, false)(catalog.DeleteExpiredFile(t.Context(), file.ID, now))
}

func keepsMovedFile(t *testing.T, open Opener) {
	catalog := open(t)
	upload, file := completeExpiring(t, catalog, "a")
	now := at(101)
	found, err := catalog.ExpiredFiles(t.Context(), core.ExpiredQuery{Now: now, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	for _, moved := range []time.Time{now, at(5000), {}} {
		file.ExpiresAt = moved
		_, err := catalog.UpdateFile(t.Context(), file.Tenant, file.ID,
			core.FileChange{ExpiresAt: &moved, UpdatedAt: file.UpdatedAt})
		require.NoError(t, err)
		requireGone(t, false)(catalog.DeleteExpiredFile(t.Context(), file.ID, now))
		requireFile(t, catalog, file)
		requireUpload(t, catalog, upload)
	}
}

// completeExpiring completes an upload to a file that expires at(100).
func completeExpiring(t *testing.T, catalog core.Catalog, id string) (core.Upload, core.File) {
	t.Helper()
	upload, file := finished(receiving(id), at(5))
	file.ExpiresAt = at(100)
	require.NoError(t, catalog.CompleteUpload(t.Context(), upload, file, core.Quota{}))
	return upload, file
}

// requireGone checks what a deletion returns.
func requireGone(t *testing.T, want bool) func(gone bool, err error) {
	t.Helper()
	return func(gone bool, err error) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, want, gone)
	}
}
