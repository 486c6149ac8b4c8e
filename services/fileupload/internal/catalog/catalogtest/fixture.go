package catalogtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// at is a moment so many seconds after the tests' beginning of time.
func at(seconds int) time.Time {
	return time.Date(2026, 3, 29, 0, 59, 30, 123456000, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// ended is an end at that moment, remembered for an hour.
func ended(seconds int) core.End {
	return core.End{At: at(seconds), ExpiresAt: at(seconds + 3600)}
}

// checksumOf is that of the content which an upload or a file of this identifier
// has: each its own.
func checksumOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// receiving is an upload that has come a good way.
func receiving(id string) core.Upload {
	return core.Upload{
		UploadKey: core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id},
		Header: core.Header{
			FileName:      "Zürich " + id + ".csv",
			TotalSize:     1 << 40,
			Checksum:      checksumOf(id),
			ContentType:   "text/csv",
			Metadata:      map[string]string{"colour": "blue", "quote": `"'\`, "empty": ""},
			IfAbsent:      true,
			FileExpiresAt: at(1 << 20),
		},
		FileID: "file-of-" + id,
		Status: core.Receiving,
		Checkpoint: core.Checkpoint{
			Offset: 1 << 35, HashState: []byte{0, 1, 0xff}, PartProof: []byte{0xfe, 0}, Head: []byte("\x00a,b\xff"),
			ContentType: "text/plain", DuplicateBytes: 12, Streams: 3,
		},
		CreatedAt: at(0), UpdatedAt: at(1), ExpiresAt: at(1000),
	}
}

// finished is the completion of an upload that the catalog does not have yet,
// with content of its own.
func finished(upload core.Upload, now time.Time) core.Completion {
	upload.Status = core.Available
	upload.Checkpoint.Offset = upload.TotalSize
	upload.UpdatedAt = now
	upload.Reserved = 0
	upload.Receipt = &core.Receipt{
		FileID: upload.FileID, FileName: upload.FileName, Size: upload.TotalSize,
		Checksum: upload.Checksum, ContentType: upload.ContentType,
		Findings:       []core.Finding{{Reason: "TYPE_MISMATCH", Field: "content_type", Description: "is text/csv"}},
		DuplicateBytes: 12, Streams: 3, ProcessingTime: 90*time.Minute + 1, CreatedAt: now,
	}
	file := core.File{
		ID: upload.FileID, BlobID: "blob-of-" + upload.FileID, Tenant: upload.Tenant, Owner: upload.Subject,
		Name: upload.FileName, Size: upload.TotalSize, Checksum: upload.Checksum, ContentType: upload.ContentType,
		Metadata: upload.Metadata, CreatedAt: now, UpdatedAt: now, Status: core.FileAvailable,
	}
	return core.Completion{Upload: upload, Begun: upload.FileID, File: file, Own: true}
}

// registered is the completion of an upload that the catalog has as receiving.
func registered(upload core.Upload, now time.Time) core.Completion {
	completion := finished(upload, now)
	completion.Registered = true
	return completion
}

// quarantined is the completion with a file that a scanner objects to.
func quarantined(completion core.Completion) core.Completion {
	receipt := *completion.Upload.Receipt
	receipt.Quarantine = "Eicar-Signature"
	completion.Upload.Status, completion.Upload.Receipt = core.Quarantined, &receipt
	completion.File.Status, completion.File.Quarantine = core.FileQuarantined, receipt.Quarantine
	return completion
}

// having is the completion with the content that a file of this identifier has.
func having(completion core.Completion, id string) core.Completion {
	completion.File.Checksum, completion.Upload.Receipt.Checksum = checksumOf(id), checksumOf(id)
	return completion
}

// stored is a file with content of its own.
func stored(id string) core.File {
	upload := receiving(id)
	upload.FileID = id
	return finished(upload, at(5)).File
}

// copied is a file that shares the content of another.
func copied(from core.File, id string) core.File {
	file := from
	file.ID, file.Owner, file.Name = id, "bob", "copy "+id
	file.Metadata = map[string]string{"copy": id}
	file.CreatedAt, file.UpdatedAt, file.ExpiresAt = at(50), at(51), at(52)
	return file
}

func create(t *testing.T, catalog core.Catalog, uploads ...core.Upload) {
	t.Helper()
	for _, upload := range uploads {
		require.NoError(t, catalog.CreateUpload(t.Context(), upload, core.Quota{}))
	}
}

// createFiles adds files as a subject whose uploads no test looks at.
func createFiles(t *testing.T, catalog core.Catalog, files ...core.File) {
	t.Helper()
	for _, file := range files {
		completion := completing(file)
		got, err := catalog.CompleteUpload(t.Context(), completion)
		require.NoError(t, err)
		require.Equal(t, completion, got)
	}
}

// completing is the completion of an upload of its own that adds just this file.
func completing(file core.File) core.Completion {
	upload := receiving("of-" + file.ID)
	upload.Tenant, upload.Subject, upload.FileID = file.Tenant, "filler", file.ID
	completion := finished(upload, at(5))
	if file.Status == core.FileQuarantined {
		completion = quarantined(completion)
	}
	completion.File = file
	return completion
}

// share adds files that have the same content, and returns them.
func share(t *testing.T, catalog core.Catalog, ids ...string) []core.File {
	t.Helper()
	files := []core.File{stored(ids[0])}
	createFiles(t, catalog, files[0])
	for _, id := range ids[1:] {
		files = append(files, copied(files[0], id))
		require.NoError(t, catalog.CopyFile(t.Context(), ids[0], files[len(files)-1], core.Quota{}))
	}
	return files
}

// complete completes an upload that was not there, with content of its own.
func complete(t *testing.T, catalog core.Catalog, upload core.Upload) (core.Upload, core.File) {
	t.Helper()
	return settled(t, catalog, finished(upload, at(5)))
}

// completeRegistered completes an upload that was there, with content of its own.
func completeRegistered(t *testing.T, catalog core.Catalog, upload core.Upload) (core.Upload, core.File) {
	t.Helper()
	return settled(t, catalog, registered(upload, at(5)))
}

// settled completes an upload with just what is given.
func settled(t *testing.T, catalog core.Catalog, completion core.Completion) (core.Upload, core.File) {
	t.Helper()
	got, err := catalog.CompleteUpload(t.Context(), completion)
	require.NoError(t, err)
	require.Equal(t, completion, got)
	return got.Upload, got.File
}

// tombstone is what is left of an upload.
func tombstone(upload core.Upload, status core.Status, end core.End) core.Upload {
	upload.Status, upload.Checkpoint, upload.Reserved, upload.Receipt = status, core.Checkpoint{}, 0, nil
	upload.UpdatedAt, upload.ExpiresAt = end.At, end.ExpiresAt
	return upload
}

func requireUpload(t *testing.T, catalog core.Catalog, want core.Upload) {
	t.Helper()
	got, err := catalog.FindUpload(t.Context(), want.UploadKey)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func requireNoUpload(t *testing.T, catalog core.Catalog, key core.UploadKey) {
	t.Helper()
	_, err := catalog.FindUpload(t.Context(), key)
	require.ErrorIs(t, err, core.ErrNotFound)
}

func requireFile(t *testing.T, catalog core.Catalog, want core.File) {
	t.Helper()
	got, err := catalog.FindFile(t.Context(), want.Tenant, want.ID)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func requireNoFile(t *testing.T, catalog core.Catalog, tenant, id string) {
	t.Helper()
	_, err := catalog.FindFile(t.Context(), tenant, id)
	require.ErrorIs(t, err, core.ErrNotFound)
}

// requireOrphan deletes an available file and looks at the content that no file
// has any more.
func requireOrphan(t *testing.T, catalog core.Catalog, file core.File, want string) {
	t.Helper()
	orphan, err := catalog.DeleteFile(t.Context(), file.Tenant, file.ID, core.FileAvailable, ended(90))
	require.NoError(t, err)
	require.Equal(t, want, orphan)
}

// onStream is the upload as the stream of a number has it.
func onStream(upload core.Upload, number int) core.Upload {
	upload.Checkpoint.Streams = number
	return upload
}

func forget(ctx context.Context, catalog core.Catalog, upload core.Upload, stream int) error {
	_, err := catalog.ForgetUpload(ctx, onStream(upload, stream))
	return err
}
