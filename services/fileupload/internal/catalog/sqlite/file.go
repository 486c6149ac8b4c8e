package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const fileColumns = `
	id, blob_id, tenant, owner, name, size, checksum, content_type, metadata,
	created_at, updated_at, expires_at, status, quarantine, verified_at, damaged_at, damage, scanned`

// A file that shares its content waits for verification as long as the others.
const insertFile = `INSERT INTO files (` + fileColumns + `, unverified_since)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
		coalesce((SELECT unverified_since FROM files WHERE blob_id = ?2 LIMIT 1), ?15, ?10))`

// A copy is as verified and as damaged as the file that it is one of.
const copyFile = `INSERT INTO files (` + fileColumns + `, unverified_since)
	SELECT ?1, blob_id, tenant, ?4, ?5, size, checksum, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
		verified_at, damaged_at, damage, scanned, unverified_since
	FROM files WHERE id = ?15 AND tenant = ?3 AND status = 'available'`

// CopyFile adds a file that shares the content of an available one.
func (c *Catalog) CopyFile(ctx context.Context, from string, file core.File, quota core.Quota) error {
	err := c.transactWithin(ctx, file.Tenant, quota, func(ctx context.Context, tx *sql.Tx) error {
		return needRow(execute(ctx, tx, c.statements.copyFile, copyValues(file, from)...))
	})
	return explain("copy file", err)
}

const findFile = `SELECT ` + fileColumns + ` FROM files WHERE tenant = ? AND id = ?`

// FindFile returns a file of the tenant.
func (c *Catalog) FindFile(ctx context.Context, tenant, id string) (core.File, error) {
	file, err := scanFile(c.statements.findFile.QueryRowContext(ctx, tenant, id))
	return file, explain("find file", err)
}

// The parameters 3 and 5 say whether 4 and 6 are to be stored.
const updateFile = `UPDATE files
	SET metadata = iif(?3, ?4, metadata), expires_at = iif(?5, ?6, expires_at), updated_at = ?7
	WHERE tenant = ?1 AND id = ?2
	RETURNING ` + fileColumns

// UpdateFile changes a file and returns it as it is then.
func (c *Catalog) UpdateFile(ctx context.Context, tenant, id string, change core.FileChange) (core.File, error) {
	args := append([]any{tenant, id}, changeValues(change)...)
	var file core.File
	// The commit stands apart, since a row is returned before it is durable.
	err := c.transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		update := tx.StmtContext(ctx, c.statements.updateFile) //nolint:sqlclosecheck // the transaction does
		file, err = scanFile(update.QueryRowContext(ctx, args...))
		return err
	})
	if err != nil {
		return core.File{}, explain("update file", err)
	}
	return file, nil
}

const (
	releaseFile = `UPDATE files SET status = 'available', quarantine = '', scanned = TRUE, updated_at = ?3
		WHERE tenant = ?1 AND id = ?2 AND status = 'quarantined'
		RETURNING ` + fileColumns
	releaseUploads = `UPDATE uploads
		SET status = 'available', receipt = json_remove(receipt, '$.quarantine'), updated_at = ?2
		WHERE file_id = ?1 AND status = 'quarantined'`
)

// ReleaseFile makes a quarantined file available, and its upload.
func (c *Catalog) ReleaseFile(ctx context.Context, tenant, id string, updatedAt time.Time) (core.File, error) {
	var file core.File
	err := c.transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		release := tx.StmtContext(ctx, c.statements.releaseFile) //nolint:sqlclosecheck // the transaction does
		if file, err = scanFile(release.QueryRowContext(ctx, tenant, id, asMoment(&updatedAt))); err != nil {
			return err
		}
		_, err = execute(ctx, tx, c.statements.releaseUploads, id, asMoment(&updatedAt))
		return err
	})
	if err != nil {
		return core.File{}, explain("release file", err)
	}
	return file, nil
}
