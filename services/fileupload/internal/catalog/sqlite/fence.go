package sqlite

import (
	"context"
	"database/sql"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// changeStream executes one statement about the newest stream of a receiving
// upload when its turn has come.
func (c *Catalog) changeStream(ctx context.Context, key core.UploadKey, statement *sql.Stmt, args ...any) error {
	return c.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return c.executeStream(ctx, tx, key, statement, args...)
	})
}

// executeStream executes one statement about the newest stream of a receiving
// upload inside a transaction: core.ErrFenced when that is another one's, and
// core.ErrNotFound when there is none.
func (c *Catalog) executeStream(ctx context.Context, tx *sql.Tx, key core.UploadKey, statement *sql.Stmt, args ...any) error {
	changed, err := execute(ctx, tx, statement, args...)
	if err != nil || changed > 0 {
		return err
	}
	return c.whyUnchanged(ctx, tx, key)
}

const isReceiving = `SELECT 1 FROM uploads` + ofReceiving

// whyUnchanged returns the error for a stream whose change has found nothing.
func (c *Catalog) whyUnchanged(ctx context.Context, tx *sql.Tx, key core.UploadKey) error {
	var one int
	receiving := tx.StmtContext(ctx, c.statements.isReceiving) //nolint:sqlclosecheck // the transaction does
	if err := receiving.QueryRowContext(ctx, key.Tenant, key.Subject, key.UploadID).Scan(&one); err != nil {
		return err
	}
	return core.ErrFenced
}
