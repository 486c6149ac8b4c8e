package catalogtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// at is a moment so many seconds after the tests' beginning of time.
func at(seconds int) time.Time {
	return time.Date(2026, 3, 29, 0, 59, 30, 123456000, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// receiving is an upload that has come a good way.
func receiving(id string) core.Upload {
	return core.Upload{
		UploadKey: core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id},
		Header: core.Header{
			FileName:    "Zürich " + id + ".csv",
			TotalSize:   1 << 40,
			Checksum:    fmt.Sprintf("%064d", 7),
			ContentType: "text/csv",
			Metadata:    map[string]string{"colour": "blue", "quote": `"'\`, "empty": ""},
		},
		FileID: "file-of-" + id,
		Status: core.Receiving,
		Checkpoint: core.Checkpoint{
			Offset: 1 << 35, HashState: []byte{0, 1, 0xff}, DuplicateBytes: 12, Streams: 3,
		},
		CreatedAt: at(0), UpdatedAt: at(1), ExpiresAt: at(1000),
	}
}

// finished is an upload with its receipt, and the file that came of it.
func finished(upload core.Upload, now time.Time) (core.Upload, core.File) {
	upload.Status = core.Available
	upload.Checkpoint.Offset = upload.TotalSize
	upload.UpdatedAt = now
	upload.Receipt = &core.Receipt{
		FileID: upload.FileID, FileName: upload.FileName, Size: upload.TotalSize,
		Checksum: upload.Checksum, ContentType: upload.ContentType,
		Findings:       []core.Finding{{Reason: "TYPE_MISMATCH", Field: "content_type", Description: "is text/csv"}},
		DuplicateBytes: 12, Streams: 3, ProcessingTime: 90*time.Minute + 1, CreatedAt: now,
	}
	file := core.File{
		ID: upload.FileID, Tenant: upload.Tenant, Owner: upload.Subject, Name: upload.FileName,
		Size: upload.TotalSize, Checksum: upload.Checksum, ContentType: upload.ContentType,
		Metadata: upload.Metadata, CreatedAt: now, UpdatedAt: now,
	}
	return upload, file
}

func stored(id string) core.File {
	upload := receiving(id)
	upload.FileID = id
	_, file := finished(upload, at(5))
	return file
}

func create(t *testing.T, catalog core.Catalog, uploads ...core.Upload) {
	t.Helper()
	for _, upload := range uploads {
		require.NoError(t, catalog.CreateUpload(t.Context(), upload, core.Quota{}))
	}
}

func createFiles(t *testing.T, catalog core.Catalog, files ...core.File) {
	t.Helper()
	for _, file := range files {
		require.NoError(t, catalog.CreateFile(t.Context(), file, core.Quota{}))
	}
}

func complete(t *testing.T, catalog core.Catalog, upload core.Upload) (core.Upload, core.File) {
	t.Helper()
	upload, file := finished(upload, at(5))
	require.NoError(t, catalog.CompleteUpload(t.Context(), upload, file, core.Quota{}))
	return upload, file
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
