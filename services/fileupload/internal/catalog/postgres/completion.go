package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// CompleteUpload stores the upload with its receipt, and the file unless it is
// there.
func (c *Catalog) CompleteUpload(ctx context.Context, completion core.Completion) (core.Completion, error) {
	completion.Upload.Reserved = 0
	var stored core.Completion
	err := c.transactWithin(ctx, completion.Upload.Tenant, completion.Quota, func(ctx context.Context, tx pgx.Tx) (err error) {
		if stored, err = shared(ctx, tx, completion); err != nil {
			return err
		}
		return complete(ctx, tx, stored)
	})
	if err != nil {
		return core.Completion{}, explain("complete upload", err)
	}
	return stored, nil
}

// shared returns the completion with content that the tenant has already, if
// there is such.
func shared(ctx context.Context, tx pgx.Tx, completion core.Completion) (core.Completion, error) {
	if !completion.MayShare() {
		return ownOnly(completion)
	}
	same, err := lockedContent(ctx, tx, completion.Content())
	if errors.Is(err, pgx.ErrNoRows) {
		return ownOnly(completion)
	}
	if err != nil {
		return core.Completion{}, err
	}
	if completion.Existed && same.Name != completion.File.Name {
		return core.Completion{}, core.ErrContentGone
	}
	return completion.Sharing(&same), nil
}

// ownOnly refuses a completion that has no content of its own.
func ownOnly(completion core.Completion) (core.Completion, error) {
	if !completion.Own {
		return core.Completion{}, core.ErrContentGone
	}
	return completion, nil
}

// lockedContent finds a content once nobody else adds or removes files of it.
func lockedContent(ctx context.Context, tx pgx.Tx, query core.ContentQuery) (file core.File, err error) {
	var batch pgx.Batch
	batch.Queue(acquireLock, int64(contentLock(query.Tenant, query.Checksum)))
	batch.Queue(findContent, contentValues(query)...).QueryRow(func(found pgx.Row) (err error) {
		file, err = scanFile(found)
		return err
	})
	err = tx.SendBatch(ctx, &batch).Close()
	return file, err
}

// finishUpload has the parameters of putUpload, and the file identifier that the
// upload began with.
const finishUpload = `UPDATE uploads
	SET file_name = $4, total_size = $5, checksum = $6, content_type = $7, metadata = $8, if_absent = $9,
		file_expires_at = $10, file_id = $11, status = $12, checkpoint_offset = $13, hash_state = $14,
		part_proof = $15, head = $16, found_type = $17, duplicate_bytes = $18,
		receipt = $20, created_at = $21, updated_at = $22, expires_at = $23, reserved = $24` +
	ofReceiving + ` AND streams = $19 AND file_id = $25`

// complete stores what shared has returned.
func complete(ctx context.Context, tx pgx.Tx, completion core.Completion) error {
	upload, statement := completion.Upload, putUpload
	values := uploadValues(upload)
	if completion.Registered {
		statement, values = finishUpload, append(values, completion.Begun)
	}
	var batch pgx.Batch
	var done int64
	batch.Queue(statement, values...).Exec(countInto(&done))
	if !completion.Existed {
		batch.Queue(insertFile, fileValues(completion.File)...)
	}
	err := tx.SendBatch(ctx, &batch).Close()
	switch {
	case err != nil || done > 0:
		return err
	case completion.Registered:
		return whyUnchanged(ctx, tx, upload.UploadKey)
	default:
		return core.ErrExists
	}
}
