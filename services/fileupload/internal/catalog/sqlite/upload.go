package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const uploadColumns = `
	tenant, subject, upload_id,
	file_name, total_size, checksum, content_type, metadata, if_absent, file_expires_at,
	file_id, status,
	checkpoint_offset, hash_state, part_proof, head, found_type, duplicate_bytes, streams,
	receipt, created_at, updated_at, expires_at, reserved`

const (
	byKey = ` WHERE tenant = ?1 AND subject = ?2 AND upload_id = ?3`
	// ofReceiving and ofStream keep a change from an upload that has ended, and from
	// one that a later stream has, or another upload that had the key before.
	ofReceiving = byKey + ` AND status = 'receiving'`
	ofStream    = ofReceiving + ` AND streams = ?4 AND file_id = ?5`
)

// putUpload takes the place of an upload that is only remembered.
const putUpload = `INSERT INTO uploads (` + uploadColumns + `)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (tenant, subject, upload_id) DO UPDATE SET
		file_name = excluded.file_name, total_size = excluded.total_size, checksum = excluded.checksum,
		content_type = excluded.content_type, metadata = excluded.metadata,
		if_absent = excluded.if_absent, file_expires_at = excluded.file_expires_at,
		file_id = excluded.file_id, status = excluded.status,
		checkpoint_offset = excluded.checkpoint_offset, hash_state = excluded.hash_state,
		part_proof = excluded.part_proof, head = excluded.head, found_type = excluded.found_type,
		duplicate_bytes = excluded.duplicate_bytes, streams = excluded.streams,
		receipt = excluded.receipt, created_at = excluded.created_at, updated_at = excluded.updated_at,
		expires_at = excluded.expires_at, reserved = excluded.reserved
	WHERE status IN ('expired', 'deleted')`

// CreateUpload adds an upload with what it reserves.
func (c *Catalog) CreateUpload(ctx context.Context, upload core.Upload, quota core.Quota) error {
	err := c.transactWithin(ctx, upload.Tenant, quota, func(ctx context.Context, tx *sql.Tx) error {
		return c.putUpload(ctx, tx, upload)
	})
	return explain("create upload", err)
}

// putUpload adds an upload; core.ErrExists when its key is taken.
func (c *Catalog) putUpload(ctx context.Context, tx *sql.Tx, upload core.Upload) error {
	put, err := execute(ctx, tx, c.statements.putUpload, uploadValues(upload)...)
	if err == nil && put == 0 {
		return core.ErrExists
	}
	return err
}

const findUpload = `SELECT ` + uploadColumns + ` FROM uploads` + byKey

// FindUpload returns an upload.
func (c *Catalog) FindUpload(ctx context.Context, key core.UploadKey) (core.Upload, error) {
	found := c.statements.findUpload.QueryRowContext(ctx, key.Tenant, key.Subject, key.UploadID)
	upload, err := scanUpload(found)
	return upload, explain("find upload", err)
}

const continueUpload = `UPDATE uploads SET streams = streams + 1, updated_at = ?4, expires_at = ?5` + ofReceiving + `
	RETURNING ` + uploadColumns

// ContinueUpload begins the next stream of a receiving upload.
func (c *Catalog) ContinueUpload(ctx context.Context, key core.UploadKey, updatedAt, expiresAt time.Time) (core.Upload, error) {
	var upload core.Upload
	// The commit stands apart, since a row is returned before it is durable.
	err := c.transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		next := tx.StmtContext(ctx, c.statements.continueUpload) //nolint:sqlclosecheck // the transaction does
		upload, err = scanUpload(next.QueryRowContext(ctx,
			key.Tenant, key.Subject, key.UploadID, asMoment(&updatedAt), asMoment(&expiresAt)))
		return err
	})
	if err != nil {
		return core.Upload{}, explain("continue upload", err)
	}
	return upload, nil
}

const saveCheckpoint = `UPDATE uploads
	SET checkpoint_offset = ?6, hash_state = ?7, part_proof = ?8, head = ?9, found_type = ?10, duplicate_bytes = ?11,
		checksum = ?12, updated_at = ?13, expires_at = ?14` + ofStream

// SaveCheckpoint stores the checkpoint and the checksum of a receiving upload.
func (c *Catalog) SaveCheckpoint(ctx context.Context, u core.Upload) error {
	at := &u.Checkpoint
	err := c.changeStream(ctx, u.UploadKey, c.statements.saveCheckpoint,
		u.Tenant, u.Subject, u.UploadID, at.Streams, u.FileID,
		at.Offset, blobOf(at.HashState), blobOf(at.PartProof), blobOf(at.Head), at.ContentType, at.DuplicateBytes,
		u.Checksum, asMoment(&u.UpdatedAt), asMoment(&u.ExpiresAt))
	return explain("save checkpoint", err)
}

const forgetUpload = `DELETE FROM uploads` + ofStream

// ForgetUpload removes a receiving upload.
func (c *Catalog) ForgetUpload(ctx context.Context, stream core.Upload) (gone bool, err error) {
	err = c.changeStream(ctx, stream.UploadKey, c.statements.forgetUpload, streamValues(&stream)...)
	return err == nil, explain("forget upload", notMissing(err))
}

// streamValues are the parameters of ofStream.
func streamValues(u *core.Upload) []any {
	return []any{u.Tenant, u.Subject, u.UploadID, u.Checkpoint.Streams, u.FileID}
}

// What an upload loses when it ends without a file.
const withoutContent = `checkpoint_offset = 0, hash_state = NULL, part_proof = NULL, head = NULL, found_type = '',
	duplicate_bytes = 0, streams = 0, receipt = NULL, reserved = 0`

const abortUpload = `UPDATE uploads
	SET status = 'aborted', updated_at = ?4, expires_at = ?5, ` + withoutContent + ofReceiving

// AbortUpload marks a receiving upload as aborted.
func (c *Catalog) AbortUpload(ctx context.Context, key core.UploadKey, updatedAt, expiresAt time.Time) error {
	err := needRow(c.change(ctx, c.statements.abortUpload,
		key.Tenant, key.Subject, key.UploadID, asMoment(&updatedAt), asMoment(&expiresAt)))
	return explain("abort upload", err)
}
