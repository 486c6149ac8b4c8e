package sqlite

import (
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// uploadValues are the values of uploadColumns.
func uploadValues(u core.Upload) []any {
	receipt := receiptOf(u)
	return []any{
		u.Tenant, u.Subject, u.UploadID,
		u.FileName, u.TotalSize, u.Checksum, u.ContentType, asObject(&u.Metadata),
		u.FileID, string(u.Status),
		u.Checkpoint.Offset, blobOf(u.Checkpoint.HashState), u.Checkpoint.DuplicateBytes, u.Checkpoint.Streams,
		asObject(&receipt), asMoment(&u.CreatedAt), asMoment(&u.UpdatedAt), asMoment(&u.ExpiresAt), u.Reserved,
	}
}

// scanUpload reads uploadColumns.
func scanUpload(found row) (core.Upload, error) {
	var u core.Upload
	err := found.Scan(
		&u.Tenant, &u.Subject, &u.UploadID,
		&u.FileName, &u.TotalSize, &u.Checksum, &u.ContentType, asObject(&u.Metadata),
		&u.FileID, &u.Status,
		&u.Checkpoint.Offset, &u.Checkpoint.HashState, &u.Checkpoint.DuplicateBytes, &u.Checkpoint.Streams,
		asObject(&u.Receipt), asMoment(&u.CreatedAt), asMoment(&u.UpdatedAt), asMoment(&u.ExpiresAt), &u.Reserved,
	)
	return u, err
}

// receiptOf returns the receipt with its time as precise as a column's.
func receiptOf(u core.Upload) *core.Receipt {
	if u.Receipt == nil {
		return nil
	}
	receipt := *u.Receipt
	receipt.CreatedAt = receipt.CreatedAt.UTC().Truncate(time.Microsecond)
	return &receipt
}

// blobOf makes an empty blob NULL.
func blobOf(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
