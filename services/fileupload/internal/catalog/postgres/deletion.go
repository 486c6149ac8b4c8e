package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const (
	deleteFile = `DELETE FROM files WHERE id = $1 AND tenant = $2 AND status = $3 RETURNING blob_id`
	expireFile = `DELETE FROM files WHERE id = $1 AND expires_at < $2 RETURNING blob_id`
)

// DeleteFile removes a file of this status. Uploads whose receipt names it are
// deleted ones then.
func (c *Catalog) DeleteFile(
	ctx context.Context, tenant, id string, status core.FileStatus, end core.End,
) (orphan string, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		orphan, err = removeFile(ctx, tx, removal{id, core.Deleted, end}, deleteFile, id, tenant, string(status))
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
	err = c.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		orphan, err = removeFile(ctx, tx, removal{id, core.Expired, end}, expireFile, id, asMoment(&end.At))
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
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
	contentOfFile = `SELECT tenant, checksum FROM files WHERE id = $1`
	endUploads    = `UPDATE uploads SET status = $2, updated_at = $3, expires_at = $4, ` + withoutContent + `
		WHERE file_id = $1 AND status IN ('available', 'quarantined')`
	isShared = `SELECT EXISTS (SELECT FROM files WHERE blob_id = $1)`
)

// removeFile executes what deletes a file, ends its uploads, and returns the
// content if no other file has it. Nobody else adds or removes a file of the
// content meanwhile.
func removeFile(ctx context.Context, tx pgx.Tx, r removal, deletion string, args ...any) (orphan string, err error) {
	var tenant, checksum, blobID string
	if err := tx.QueryRow(ctx, contentOfFile, r.id).Scan(&tenant, &checksum); err != nil {
		return "", err
	}
	var batch pgx.Batch
	batch.Queue(acquireLock, int64(contentLock(tenant, checksum)))
	batch.Queue(deletion, args...).QueryRow(scanInto(&blobID))
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return "", err
	}
	return orphanOf(ctx, tx, r, blobID)
}

// orphanOf ends the uploads of a file that was removed, and returns the content if
// no other file has it.
func orphanOf(ctx context.Context, tx pgx.Tx, r removal, blobID string) (orphan string, err error) {
	var batch pgx.Batch
	var shared bool
	batch.Queue(endUploads, r.id, string(r.status), asMoment(&r.end.At), asMoment(&r.end.ExpiresAt))
	batch.Queue(isShared, blobID).QueryRow(scanInto(&shared))
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil || shared {
		return "", err
	}
	return blobID, nil
}

// scanInto takes the one column of a batch's query.
func scanInto(column any) func(pgx.Row) error {
	return func(found pgx.Row) error { return found.Scan(column) }
}

const (
	expireReceiving = `UPDATE uploads SET status = 'expired', updated_at = $4, expires_at = $5, ` + withoutContent +
		ofReceiving + ` AND expires_at < $4`
	removeExpired = `DELETE FROM uploads` + byKey + ` AND status <> 'receiving' AND expires_at < $4`
)

// ExpireUpload ends an upload that expired before the end.
func (c *Catalog) ExpireUpload(ctx context.Context, key core.UploadKey, end core.End) (done bool, err error) {
	err = c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		expired, err := execute(ctx, tx, expireReceiving,
			key.Tenant, key.Subject, key.UploadID, asMoment(&end.At), asMoment(&end.ExpiresAt))
		if done = expired > 0; err != nil || done {
			return err
		}
		removed, err := execute(ctx, tx, removeExpired, key.Tenant, key.Subject, key.UploadID, asMoment(&end.At))
		done = removed > 0
		return err
	})
	if err != nil {
		return false, explain("expire upload", err)
	}
	return done, nil
}
