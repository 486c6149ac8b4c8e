package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// CompleteUpload stores the upload with its receipt, and the file unless it is
// there.
func (c *Catalog) CompleteUpload(ctx context.Context, completion core.Completion) (core.Completion, error) {
	completion.Upload.Reserved = 0
	var stored core.Completion
	err := c.transactWithin(ctx, completion.Upload.Tenant, completion.Quota, func(ctx context.Context, tx *sql.Tx) (err error) {
		if stored, err = c.shared(ctx, tx, completion); err != nil {
			return err
		}
		return c.complete(ctx, tx, stored)
	})
	if err != nil {
		return core.Completion{}, explain("complete upload", err)
	}
	return stored, nil
}

// shared returns the completion with content that the tenant has already, if
// there is such.
func (c *Catalog) shared(ctx context.Context, tx *sql.Tx, completion core.Completion) (core.Completion, error) {
	if !completion.MayShare() {
		return ownOnly(completion)
	}
	find := tx.StmtContext(ctx, c.statements.contentToShare) //nolint:sqlclosecheck // the transaction does
	same, err := scanFile(find.QueryRowContext(ctx, contentValues(completion.Content())...))
	if errors.Is(err, sql.ErrNoRows) {
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

// finishUpload has the parameters of putUpload, and the file identifier that the
// upload began with.
const finishUpload = `UPDATE uploads
	SET file_name = ?4, total_size = ?5, checksum = ?6, content_type = ?7, metadata = ?8, if_absent = ?9,
		file_expires_at = ?10, file_id = ?11, status = ?12, checkpoint_offset = ?13, hash_state = ?14,
		part_proof = ?15, head = ?16, found_type = ?17, duplicate_bytes = ?18,
		receipt = ?20, created_at = ?21, updated_at = ?22, expires_at = ?23, reserved = ?24` +
	ofReceiving + ` AND streams = ?19 AND file_id = ?25`

// complete stores what shared has returned.
func (c *Catalog) complete(ctx context.Context, tx *sql.Tx, completion core.Completion) error {
	upload := completion.Upload
	var err error
	if completion.Registered {
		err = c.executeStream(ctx, tx, upload.UploadKey, c.statements.finishUpload,
			append(uploadValues(upload), completion.Begun)...)
	} else {
		err = c.putUpload(ctx, tx, upload)
	}
	if err != nil || completion.Existed {
		return err
	}
	_, err = execute(ctx, tx, c.statements.insertFile, fileValues(completion.File)...)
	return err
}
