package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const uploadColumns = `
	tenant, subject, upload_id,
	file_name, total_size, checksum, content_type, metadata,
	file_id, status,
	checkpoint_offset, hash_state, duplicate_bytes, streams,
	receipt, created_at, updated_at, expires_at, reserved`

const insertUpload = `INSERT INTO uploads (` + uploadColumns + `)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// CreateUpload adds an upload with what it reserves.
func (c *Catalog) CreateUpload(ctx context.Context, upload core.Upload, quota core.Quota) error {
	err := c.transactWithin(ctx, upload.Tenant, quota, func(ctx context.Context, tx *sql.Tx) error {
		_, err := execute(ctx, tx, c.statements.insertUpload, uploadValues(upload)...)
		return err
	})
	return explain("create upload", err)
}

const findUpload = `SELECT ` + uploadColumns + ` FROM uploads
	WHERE tenant = ? AND subject = ? AND upload_id = ?`

// FindUpload returns an upload.
func (c *Catalog) FindUpload(ctx context.Context, key core.UploadKey) (core.Upload, error) {
	found := c.statements.findUpload.QueryRowContext(ctx, key.Tenant, key.Subject, key.UploadID)
	upload, err := scanUpload(found)
	return upload, explain("find upload", err)
}

const saveCheckpoint = `UPDATE uploads
	SET checkpoint_offset = ?, hash_state = ?, duplicate_bytes = ?, streams = ?,
		checksum = ?, updated_at = ?, expires_at = ?
	WHERE tenant = ? AND subject = ? AND upload_id = ? AND status = 'receiving'`

// SaveCheckpoint stores the checkpoint and the checksum of a receiving upload.
func (c *Catalog) SaveCheckpoint(ctx context.Context, u core.Upload) error {
	err := needRow(c.change(ctx, c.statements.saveCheckpoint,
		u.Checkpoint.Offset, blobOf(u.Checkpoint.HashState), u.Checkpoint.DuplicateBytes, u.Checkpoint.Streams,
		u.Checksum, asMoment(&u.UpdatedAt), asMoment(&u.ExpiresAt),
		u.Tenant, u.Subject, u.UploadID))
	return explain("save checkpoint", err)
}

// CompleteUpload adds the file and stores the upload with its receipt.
func (c *Catalog) CompleteUpload(ctx context.Context, upload core.Upload, file core.File, quota core.Quota) error {
	upload.Reserved = 0
	err := c.transactWithin(ctx, upload.Tenant, quota, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := execute(ctx, tx, c.statements.insertFile, fileValues(file)...); err != nil {
			return err
		}
		_, err := execute(ctx, tx, c.statements.deleteUpload, upload.Tenant, upload.Subject, upload.UploadID)
		if err != nil {
			return err
		}
		_, err = execute(ctx, tx, c.statements.insertUpload, uploadValues(upload)...)
		return err
	})
	return explain("complete upload", err)
}

const abortUpload = `UPDATE uploads
	SET status = 'aborted', checkpoint_offset = 0, hash_state = NULL, duplicate_bytes = 0, streams = 0,
		reserved = 0, updated_at = ?, expires_at = ?
	WHERE tenant = ? AND subject = ? AND upload_id = ? AND status = 'receiving'`

// AbortUpload marks a receiving upload as aborted.
func (c *Catalog) AbortUpload(ctx context.Context, key core.UploadKey, updatedAt, expiresAt time.Time) error {
	err := needRow(c.change(ctx, c.statements.abortUpload,
		asMoment(&updatedAt), asMoment(&expiresAt), key.Tenant, key.Subject, key.UploadID))
	return explain("abort upload", err)
}

const deleteUpload = `DELETE FROM uploads WHERE tenant = ? AND subject = ? AND upload_id = ?`

// DeleteUpload forgets an upload.
func (c *Catalog) DeleteUpload(ctx context.Context, key core.UploadKey) error {
	_, err := c.change(ctx, c.statements.deleteUpload, key.Tenant, key.Subject, key.UploadID)
	return explain("delete upload", err)
}

const deleteExpiredUpload = deleteUpload + ` AND expires_at < ?`

// DeleteExpiredUpload forgets an upload if it expired before now.
func (c *Catalog) DeleteExpiredUpload(ctx context.Context, key core.UploadKey, now time.Time) (gone bool, err error) {
	changed, err := c.change(ctx, c.statements.deleteExpiredUpload,
		key.Tenant, key.Subject, key.UploadID, asMoment(&now))
	return changed > 0, explain("delete expired upload", err)
}
