package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// findContent looks for the name first. The index of what may be shared has the
// oldest in front.
var findContent = `SELECT ` + fileColumns + ` FROM files WHERE id = coalesce(
	(SELECT id FROM files
		WHERE tenant = $1 AND name = $4 AND checksum = $2 AND ($3::bigint < 0 OR size = $3)
			AND status = 'available' AND damaged_at IS NULL AND (expires_at IS NULL OR expires_at > $6)
			AND (NOT $7::boolean OR scanned)
			AND ` + named("name") + `
		ORDER BY created_at, id LIMIT 1),
	(SELECT id FROM files
		WHERE tenant = $1 AND checksum = $2 AND ($3::bigint < 0 OR size = $3)
			AND status = 'available' AND damaged_at IS NULL AND (expires_at IS NULL OR expires_at > $6)
			AND (NOT $7::boolean OR scanned)
			AND ` + named("name") + `
		ORDER BY created_at, id LIMIT 1))`

// FindContent returns an available file with undamaged content.
func (c *Catalog) FindContent(ctx context.Context, query core.ContentQuery) (core.File, error) {
	file, err := find(ctx, c, scanFile, findContent, contentValues(query)...)
	return file, explain("find content", err)
}

// contentValues are the parameters of findContent.
func contentValues(query core.ContentQuery) []any {
	return []any{query.Tenant, query.Checksum, query.Size, query.Name, namesValue(query.Names), asMoment(&query.Now), query.Scanned}
}

// All files of a content wait since the same moment.
const leastVerified = `SELECT DISTINCT ON (unverified_since, blob_id) blob_id, tenant, size, checksum FROM files
	WHERE unverified_since < $1 ORDER BY unverified_since, blob_id LIMIT $2`

// LeastVerified returns contents that were stored or last verified before a
// moment.
func (c *Catalog) LeastVerified(ctx context.Context, before time.Time, limit int) ([]core.Content, error) {
	contents, err := collect(ctx, c, scanContent, leastVerified, asMoment(&before), limit)
	return contents, explain("list the contents to verify", err)
}

func scanContent(found row) (content core.Content, err error) {
	err = found.Scan(&content.BlobID, &content.Tenant, &content.Size, &content.Checksum)
	return content, err
}

const filesOf = `SELECT ` + fileColumns + ` FROM files WHERE blob_id = $1 LIMIT $2`

// FilesOf returns files that have a content.
func (c *Catalog) FilesOf(ctx context.Context, blobID string, limit int) ([]core.File, error) {
	files, err := collect(ctx, c, scanFile, filesOf, blobID, limit)
	return files, explain("list the files of a content", err)
}

// Damage that was known stays known since then.
const saveVerdict = `UPDATE files
	SET verified_at = $2, unverified_since = $2, damage = $3,
		damaged_at = CASE WHEN $3 <> '' THEN coalesce(damaged_at, $2) END
	WHERE blob_id = $1`

// SaveVerdicts stores what reading contents back has shown.
func (c *Catalog) SaveVerdicts(ctx context.Context, verdicts []core.Verdict) error {
	if len(verdicts) == 0 {
		return nil
	}
	err := c.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockJudged(ctx, tx, verdicts); err != nil {
			return err
		}
		var batch pgx.Batch
		for _, verdict := range verdicts {
			batch.Queue(saveVerdict, verdict.BlobID, asMoment(&verdict.At), verdict.Damage)
		}
		return tx.SendBatch(ctx, &batch).Close()
	})
	return explain("save verdicts", err)
}

const contentsOfBlobs = `SELECT DISTINCT tenant, checksum FROM files WHERE blob_id = ANY($1)`

// lockJudged keeps others from adding files of these contents, which the verdicts
// would miss.
func lockJudged(ctx context.Context, tx pgx.Tx, verdicts []core.Verdict) error {
	ids := make([]string, len(verdicts))
	for i, verdict := range verdicts {
		ids[i] = verdict.BlobID
	}
	rows, err := tx.Query(ctx, contentsOfBlobs, ids)
	if err != nil {
		return err
	}
	keys, err := pgx.CollectRows(rows, func(found pgx.CollectableRow) (lockKey, error) {
		var tenant, checksum string
		err := found.Scan(&tenant, &checksum)
		return contentLock(tenant, checksum), err
	})
	if err != nil {
		return err
	}
	slices.Sort(keys)
	return acquire(ctx, tx, keys...)
}
