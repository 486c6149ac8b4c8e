package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const findUsage = `SELECT coalesce(sum(bytes), 0)::bigint, coalesce(sum(files), 0)::bigint,
		coalesce(sum(reserved_bytes), 0)::bigint, coalesce(sum(reserved_files), 0)::bigint
	FROM usage WHERE tenant = $1`

// Usage returns what a tenant stores and has reserved.
func (c *Catalog) Usage(ctx context.Context, tenant string) (core.Usage, error) {
	usage, err := find(ctx, c, scanUsage, findUsage, tenant)
	return usage, explain("find usage", err)
}

const reserve = `UPDATE uploads SET reserved = $6` + ofStream

// Reserve sets aside so many bytes for a receiving upload.
func (c *Catalog) Reserve(ctx context.Context, stream core.Upload, bytes int64, quota core.Quota) error {
	err := c.transactWithin(ctx, stream.Tenant, quota, func(ctx context.Context, tx pgx.Tx) error {
		return executeStream(ctx, tx, stream.UploadKey, reserve, append(streamValues(&stream), bytes)...)
	})
	return explain("reserve", err)
}

// transactWithin is transact for work that may use more of a tenant's quota. Work
// that goes beyond it is undone.
func (c *Catalog) transactWithin(
	ctx context.Context, tenant string, quota core.Quota, work func(ctx context.Context, tx pgx.Tx) error,
) error {
	if quota == (core.Quota{}) {
		return c.transact(ctx, work)
	}
	return c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := work(ctx, tx); err != nil {
			return err
		}
		return checkQuota(ctx, tx, tenant, quota)
	})
}

const findAdded = `SELECT usage_added('bytes'), usage_added('files')`

// checkQuota looks at the usage that there will be. It comes last, so that others
// wait for little more than the commit.
func checkQuota(ctx context.Context, tx pgx.Tx, tenant string, quota core.Quota) error {
	var after core.Usage
	var bytes, files int64
	var batch pgx.Batch
	batch.Queue(acquireLock, int64(quotaLock(tenant)))
	batch.Queue(findUsage, tenant).QueryRow(func(found pgx.Row) (err error) {
		after, err = scanUsage(found)
		return err
	})
	batch.Queue(findAdded).QueryRow(func(found pgx.Row) error { return found.Scan(&bytes, &files) })
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return err
	}
	before := after
	before.Bytes -= bytes
	before.Files -= files
	return quota.Check(before, after)
}

func scanUsage(found row) (u core.Usage, err error) {
	err = found.Scan(&u.Bytes, &u.Files, &u.ReservedBytes, &u.ReservedFiles)
	return u, err
}
