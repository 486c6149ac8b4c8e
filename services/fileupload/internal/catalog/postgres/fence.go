package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// changeStream executes one statement about the newest stream of a receiving
// upload in a transaction.
func (c *Catalog) changeStream(ctx context.Context, key core.UploadKey, statement string, args ...any) error {
	return c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return executeStream(ctx, tx, key, statement, args...)
	})
}

// executeStream executes one statement about the newest stream of a receiving
// upload inside a transaction: core.ErrFenced when that is another one's, and
// pgx.ErrNoRows when there is none.
func executeStream(ctx context.Context, tx pgx.Tx, key core.UploadKey, statement string, args ...any) error {
	changed, err := execute(ctx, tx, statement, args...)
	if err != nil || changed > 0 {
		return err
	}
	return whyUnchanged(ctx, tx, key)
}

const isReceiving = `SELECT 1 FROM uploads` + ofReceiving

// whyUnchanged returns the error for a stream whose change has found nothing.
func whyUnchanged(ctx context.Context, tx pgx.Tx, key core.UploadKey) error {
	var one int
	if err := tx.QueryRow(ctx, isReceiving, key.Tenant, key.Subject, key.UploadID).Scan(&one); err != nil {
		return err
	}
	return core.ErrFenced
}
