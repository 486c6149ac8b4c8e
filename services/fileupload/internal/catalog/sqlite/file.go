package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const fileColumns = `
	id, tenant, owner, name, size, checksum, content_type, metadata,
	created_at, updated_at, expires_at`

const insertFile = `INSERT INTO files (` + fileColumns + `)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// CreateFile adds a file.
func (c *Catalog) CreateFile(ctx context.Context, file core.File, quota core.Quota) error {
	err := c.transactWithin(ctx, file.Tenant, quota, func(ctx context.Context, tx *sql.Tx) error {
		_, err := execute(ctx, tx, c.statements.insertFile, fileValues(file)...)
		return err
	})
	return explain("create file", err)
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
	deleteFile           = `DELETE FROM files WHERE tenant = ? AND id = ?`
	deleteExpiredFile    = `DELETE FROM files WHERE id = ? AND expires_at < ?`
	deleteFinishedUpload = `DELETE FROM uploads WHERE file_id = ? AND status = 'available'`
)

// DeleteFile removes a file and the finished upload whose receipt names it.
func (c *Catalog) DeleteFile(ctx context.Context, tenant, id string) error {
	err := c.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return c.deleteWithUpload(ctx, tx, id, c.statements.deleteFile, tenant, id)
	})
	return explain("delete file", err)
}

// DeleteExpiredFile removes a file and the finished upload whose receipt names
// it, if the file expired before now.
func (c *Catalog) DeleteExpiredFile(ctx context.Context, id string, now time.Time) (gone bool, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return c.deleteWithUpload(ctx, tx, id, c.statements.deleteExpiredFile, id, asMoment(&now))
	})
	if errors.Is(err, core.ErrNotFound) {
		return false, nil
	}
	return err == nil, explain("delete expired file", err)
}

// deleteWithUpload executes what deletes the file id, and deletes its finished
// upload when that found the file.
func (c *Catalog) deleteWithUpload(ctx context.Context, tx *sql.Tx, id string, deletion *sql.Stmt, args ...any) error {
	if err := needRow(execute(ctx, tx, deletion, args...)); err != nil {
		return err
	}
	_, err := execute(ctx, tx, c.statements.deleteFinishedUpload, id)
	return err
}
