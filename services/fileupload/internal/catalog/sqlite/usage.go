package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const findUsage = `SELECT bytes, files, reserved_bytes, reserved_files FROM usage WHERE tenant = ?`

// Usage returns what a tenant stores and has reserved.
func (c *Catalog) Usage(ctx context.Context, tenant string) (core.Usage, error) {
	usage, err := scanUsage(c.statements.findUsage.QueryRowContext(ctx, tenant))
	return usage, explain("find usage", err)
}

const reserve = `UPDATE uploads SET reserved = ?6` + ofStream

// Reserve sets aside so many bytes for a receiving upload.
func (c *Catalog) Reserve(ctx context.Context, stream core.Upload, bytes int64, quota core.Quota) error {
	err := c.transactWithin(ctx, stream.Tenant, quota, func(ctx context.Context, tx *sql.Tx) error {
		return c.executeStream(ctx, tx, stream.UploadKey, c.statements.reserve, append(streamValues(&stream), bytes)...)
	})
	return explain("reserve", err)
}

// transactWithin is transact for work that may use more of a tenant's quota. Work
// that goes beyond it is undone.
func (c *Catalog) transactWithin(
	ctx context.Context, tenant string, quota core.Quota, work func(ctx context.Context, tx *sql.Tx) error,
) error {
	if quota == (core.Quota{}) {
		return c.transact(ctx, work)
	}
	return c.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		before, err := c.usageIn(ctx, tx, tenant)
		if err != nil {
			return err
		}
		if err := work(ctx, tx); err != nil {
			return err
		}
		after, err := c.usageIn(ctx, tx, tenant)
		if err != nil {
			return err
		}
		return quota.Check(before, after)
	})
}

// usageIn is the usage that the transaction sees.
func (c *Catalog) usageIn(ctx context.Context, tx *sql.Tx, tenant string) (core.Usage, error) {
	return scanUsage(tx.StmtContext(ctx, c.statements.usageToChange).QueryRowContext(ctx, tenant)) //nolint:sqlclosecheck // the transaction does
}

func scanUsage(found *sql.Row) (u core.Usage, err error) {
	err = found.Scan(&u.Bytes, &u.Files, &u.ReservedBytes, &u.ReservedFiles)
	if errors.Is(err, sql.ErrNoRows) {
		return core.Usage{}, nil
	}
	return u, err
}
