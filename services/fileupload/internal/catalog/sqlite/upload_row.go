package sqlite

import (
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// uploadValues are the values of uploadColumns.
func uploadValues(u core.Upload) []any {
	receipt, at := receiptOf(u), &u.Checkpoint
	return []any{
		u.Tenant, u.Subject, u.UploadID,
		u.FileName, u.TotalSize, u.Checksum, u.ContentType, asObject(&u.Metadata),
		u.IfAbsent, asMoment(&u.FileExpiresAt),
		u.FileID, string(u.Status),
		at.Offset, blobOf(at.HashState), blobOf(at.PartProof), blobOf(at.Head), at.ContentType, at.DuplicateBytes, at.Streams,
		asObject(&receipt), asMoment(&u.CreatedAt), asMoment(&u.UpdatedAt), asMoment(&u.ExpiresAt), u.Reserved,
	}
}

// scanUpload reads uploadColumns.
func scanUpload(found row) (core.Upload, error) {
	var u core.Upload
	at := &u.Checkpoint
	err := found.Scan(
		&u.Tenant, &u.Subject, &u.UploadID,
		&u.FileName, &u.TotalSize, &u.Checksum, &u.ContentType, asObject(&u.Metadata),
		&u.IfAbsent, asMoment(&u.FileExpiresAt),
		&u.FileID, &u.Status,
		&at.Offset, &at.HashState, &at.PartProof, &at.Head, &at.ContentType, &at.DuplicateBytes, &at.Streams,
		asObject(&u.Receipt), asMoment(&u.CreatedAt), asMoment(&u.UpdatedAt), asMoment(&u.ExpiresAt), &u.Reserved,
	)
	return u, err
}

// receiptOf returns the receipt with its times as precise as a column's.
func receiptOf(u core.Upload) *core.Receipt {
	if u.Receipt == nil {
		return nil
	}
	receipt := *u.Receipt
	receipt.CreatedAt = receipt.CreatedAt.UTC().Truncate(time.Microsecond)
	receipt.ExpiresAt = receipt.ExpiresAt.UTC().Truncate(time.Microsecond)
	return &receipt
}

// blobOf makes an empty blob NULL.
func blobOf(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
