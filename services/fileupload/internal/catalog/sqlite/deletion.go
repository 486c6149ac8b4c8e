package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const (
	deleteFile = `DELETE FROM files WHERE tenant = ? AND id = ? AND status = ? RETURNING blob_id`
	expireFile = `DELETE FROM files WHERE id = ? AND expires_at < ? RETURNING blob_id`
)

// DeleteFile removes a file of this status. Uploads whose receipt names it are
// deleted ones then.
func (c *Catalog) DeleteFile(
	ctx context.Context, tenant, id string, status core.FileStatus, end core.End,
) (orphan string, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		orphan, err = c.removeFile(ctx, tx, removal{id, core.Deleted, end}, c.statements.deleteFile, tenant, id, string(status))
		return err
	})
	if err != nil {
		return "", explain("delete file", err)
	}
	return orphan, nil
}

// ExpireFile removes a file that expired before the end. Uploads whose receipt
// names it are expired ones then.
func (c *Catalog) ExpireFile(ctx context.Context, id string, end core.End) (done bool, orphan string, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		orphan, err = c.removeFile(ctx, tx, removal{id, core.Expired, end}, c.statements.expireFile, id, asMoment(&end.At))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, "", nil
	}
	if err != nil {
		return false, "", explain("expire file", err)
	}
	return true, orphan, nil
}

// removal is what becomes of the uploads of a file that is removed.
type removal struct {
	id     string
	status core.Status
	end    core.End
}

const (
	endUploads = `UPDATE uploads SET status = ?2, updated_at = ?3, expires_at = ?4, ` + withoutContent + `
		WHERE file_id = ?1 AND status IN ('available', 'quarantined')`
	isShared = `SELECT EXISTS (SELECT 1 FROM files WHERE blob_id = ?)`
)

// removeFile executes what deletes a file, ends its uploads, and returns the
// content if no other file has it.
func (c *Catalog) removeFile(
	ctx context.Context, tx *sql.Tx, r removal, deletion *sql.Stmt, args ...any,
) (orphan string, err error) {
	var blobID string
	remove := tx.StmtContext(ctx, deletion) //nolint:sqlclosecheck // the transaction does
	if err := remove.QueryRowContext(ctx, args...).Scan(&blobID); err != nil {
		return "", err
	}
	_, err = execute(ctx, tx, c.statements.endUploads, r.id, string(r.status), asMoment(&r.end.At), asMoment(&r.end.ExpiresAt))
	if err != nil {
		return "", err
	}
	var shared bool
	others := tx.StmtContext(ctx, c.statements.isShared) //nolint:sqlclosecheck // the transaction does
	if err := others.QueryRowContext(ctx, blobID).Scan(&shared); err != nil || shared {
		return "", err
	}
	return blobID, nil
}

const (
	expireReceiving = `UPDATE uploads SET status = 'expired', updated_at = ?4, expires_at = ?5, ` + withoutContent +
		ofReceiving + ` AND expires_at < ?4`
	removeExpired = `DELETE FROM uploads` + byKey + ` AND status <> 'receiving' AND expires_at < ?4`
)

// ExpireUpload ends an upload that expired before the end.
func (c *Catalog) ExpireUpload(ctx context.Context, key core.UploadKey, end core.End) (done bool, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		expired, err := execute(ctx, tx, c.statements.expireReceiving,
			key.Tenant, key.Subject, key.UploadID, asMoment(&end.At), asMoment(&end.ExpiresAt))
		if done = expired > 0; err != nil || done {
			return err
		}
		removed, err := execute(ctx, tx, c.statements.removeExpired, key.Tenant, key.Subject, key.UploadID, asMoment(&end.At))
		done = removed > 0
		return err
	})
	if err != nil {
		return false, explain("expire upload", err)
	}
	return done, nil
}
