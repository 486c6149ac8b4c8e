package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// findContent looks for the name first. The index of what may be shared has the
// oldest in front.
var findContent = `SELECT ` + fileColumns + ` FROM files WHERE id = coalesce(
	(SELECT id FROM files INDEXED BY files_by_name
		WHERE tenant = ?1 AND name = ?4 AND checksum = ?2 AND (?3 < 0 OR size = ?3)
			AND status = 'available' AND damaged_at IS NULL AND (expires_at IS NULL OR expires_at > ?6)
			AND (NOT ?7 OR scanned)
			AND ` + named("name") + `
		ORDER BY created_at, id LIMIT 1),
	(SELECT id FROM files INDEXED BY files_by_content
		WHERE tenant = ?1 AND checksum = ?2 AND (?3 < 0 OR size = ?3)
			AND status = 'available' AND damaged_at IS NULL AND (expires_at IS NULL OR expires_at > ?6)
			AND (NOT ?7 OR scanned)
			AND ` + named("name") + `
		ORDER BY created_at, id LIMIT 1))`

// FindContent returns an available file with undamaged content.
func (c *Catalog) FindContent(ctx context.Context, query core.ContentQuery) (core.File, error) {
	file, err := scanFile(c.statements.findContent.QueryRowContext(ctx, contentValues(query)...))
	return file, explain("find content", err)
}

// contentValues are the parameters of findContent.
func contentValues(query core.ContentQuery) []any {
	return []any{query.Tenant, query.Checksum, query.Size, query.Name, namesValue(query.Names), asMoment(&query.Now), query.Scanned}
}

// All files of a content wait since the same moment.
const leastVerified = `SELECT blob_id, tenant, size, checksum FROM files
	WHERE unverified_since < ?1 GROUP BY unverified_since, blob_id
	ORDER BY unverified_since, blob_id LIMIT ?2`

// LeastVerified returns contents that were stored or last verified before a
// moment.
func (c *Catalog) LeastVerified(ctx context.Context, before time.Time, limit int) ([]core.Content, error) {
	rows, err := c.statements.leastVerified.QueryContext(ctx, asMoment(&before), limit)
	contents, err := collect(rows, err, func(found row) (content core.Content, err error) {
		err = found.Scan(&content.BlobID, &content.Tenant, &content.Size, &content.Checksum)
		return content, err
	})
	return contents, explain("list the contents to verify", err)
}

const filesOf = `SELECT ` + fileColumns + ` FROM files INDEXED BY files_by_blob WHERE blob_id = ?1 LIMIT ?2`

// FilesOf returns files that have a content.
func (c *Catalog) FilesOf(ctx context.Context, blobID string, limit int) ([]core.File, error) {
	rows, err := c.statements.filesOf.QueryContext(ctx, blobID, limit)
	files, err := collect(rows, err, scanFile)
	return files, explain("list the files of a content", err)
}

// Damage that was known stays known since then.
const saveVerdict = `UPDATE files
	SET verified_at = ?2, unverified_since = ?2, damage = ?3,
		damaged_at = iif(?3 = '', NULL, coalesce(damaged_at, ?2))
	WHERE blob_id = ?1`

// SaveVerdicts stores what reading contents back has shown.
func (c *Catalog) SaveVerdicts(ctx context.Context, verdicts []core.Verdict) error {
	err := c.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, verdict := range verdicts {
			_, err := execute(ctx, tx, c.statements.saveVerdict, verdict.BlobID, asMoment(&verdict.At), verdict.Damage)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return explain("save verdicts", err)
}
