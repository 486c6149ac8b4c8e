package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const fileColumns = `
	id, blob_id, tenant, owner, name, size, checksum, content_type, metadata,
	created_at, updated_at, expires_at, status, quarantine, verified_at, damaged_at, damage, scanned`

// A file that shares its content waits for verification as long as the others.
const insertFile = `INSERT INTO files (` + fileColumns + `, unverified_since)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
		coalesce((SELECT unverified_since FROM files WHERE blob_id = $2 LIMIT 1), $15, $10))`

// A copy is as verified and as damaged as the file that it is one of. The checksum
// is that of the content's lock.
const copyFile = `INSERT INTO files (` + fileColumns + `, unverified_since)
	SELECT $1, blob_id, tenant, $3, $4, size, checksum, $6, $7, $8, $9, $10, $11, $12,
		verified_at, damaged_at, damage, scanned, unverified_since
	FROM files WHERE id = $13 AND tenant = $2 AND checksum = $5 AND status = 'available'`

// CopyFile adds a file that shares the content of an available one.
func (c *Catalog) CopyFile(ctx context.Context, from string, file core.File, quota core.Quota) error {
	err := c.transactWithin(ctx, file.Tenant, quota, func(ctx context.Context, tx pgx.Tx) error {
		var batch pgx.Batch
		var added int64
		batch.Queue(acquireLock, int64(contentLock(file.Tenant, file.Checksum)))
		batch.Queue(copyFile, copyValues(file, from)...).Exec(countInto(&added))
		return needRow(added, tx.SendBatch(ctx, &batch).Close())
	})
	return explain("copy file", err)
}

// countInto takes the number of rows that a statement of a batch has changed.
func countInto(rows *int64) func(pgconn.CommandTag) error {
	return func(tag pgconn.CommandTag) error {
		*rows = tag.RowsAffected()
		return nil
	}
}

const findFile = `SELECT ` + fileColumns + ` FROM files WHERE tenant = $1 AND id = $2`

// FindFile returns a file of the tenant.
func (c *Catalog) FindFile(ctx context.Context, tenant, id string) (core.File, error) {
	file, err := find(ctx, c, scanFile, findFile, tenant, id)
	return file, explain("find file", err)
}

// The parameters 3 and 5 say whether 4 and 6 are to be stored.
const updateFile = `UPDATE files
	SET metadata = CASE WHEN $3 THEN $4 ELSE metadata END,
		expires_at = CASE WHEN $5 THEN $6 ELSE expires_at END, updated_at = $7
	WHERE tenant = $1 AND id = $2
	RETURNING ` + fileColumns

// UpdateFile changes a file and returns it as it is then.
func (c *Catalog) UpdateFile(ctx context.Context, tenant, id string, change core.FileChange) (core.File, error) {
	args := append([]any{tenant, id}, changeValues(change)...)
	var file core.File
	err := c.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		file, err = scanFile(tx.QueryRow(ctx, updateFile, args...))
		return err
	})
	if err != nil {
		return core.File{}, explain("update file", err)
	}
	return file, nil
}

const (
	releaseFile = `UPDATE files SET status = 'available', quarantine = '', scanned = TRUE, updated_at = $3
		WHERE tenant = $1 AND id = $2 AND status = 'quarantined'
		RETURNING ` + fileColumns
	releaseUploads = `UPDATE uploads
		SET status = 'available', receipt = receipt - 'quarantine', updated_at = $2
		WHERE file_id = $1 AND status = 'quarantined'`
)

// ReleaseFile makes a quarantined file available, and its upload.
func (c *Catalog) ReleaseFile(ctx context.Context, tenant, id string, updatedAt time.Time) (core.File, error) {
	var file core.File
	err := c.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if file, err = scanFile(tx.QueryRow(ctx, releaseFile, tenant, id, asMoment(&updatedAt))); err != nil {
			return err
		}
		_, err = execute(ctx, tx, releaseUploads, id, asMoment(&updatedAt))
		return err
	})
	if err != nil {
		return core.File{}, explain("release file", err)
	}
	return file, nil
}
