package postgres

import (
	"context"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var listFiles = `SELECT ` + fileColumns + ` FROM files
	WHERE tenant = $1 AND status = $6 AND (created_at, id) < ($2, $3) AND ` + named("name") + `
	ORDER BY created_at DESC, id DESC LIMIT $4`

// The hits are found and ordered in the index alone; only those of the page are
// read. LIKE would not use the index for a prefix that is a parameter.
var listFilesNamed = `SELECT ` + fileColumns + ` FROM files
	WHERE id IN (
		SELECT id FROM files
		WHERE tenant = $1 AND status = $6 AND (created_at, id) < ($2, $3)
			AND name >= $7 AND name < $8 AND ` + named("name") + `
		ORDER BY created_at DESC, id DESC LIMIT $4)
	ORDER BY created_at DESC, id DESC`

// ListFiles returns files of one tenant, newest first.
func (c *Catalog) ListFiles(ctx context.Context, query core.FileQuery) ([]core.File, error) {
	before, beforeID := placeOf(query.After)
	statement := listFiles
	args := []any{query.Tenant, before, beforeID, query.Limit, namesValue(query.Names), string(query.Status)}
	if query.NamePrefix != "" {
		statement = listFilesNamed
		args = append(args, query.NamePrefix, behind(query.NamePrefix))
	}
	files, err := collect(ctx, c, scanFile, statement, args...)
	return files, explain("list files", err)
}

const expiredFiles = `SELECT ` + fileColumns + ` FROM files
	WHERE expires_at < $1 AND (expires_at, id) > ($2, $3)
	ORDER BY expires_at, id LIMIT $4`

// ExpiredFiles returns files that have expired, oldest first.
func (c *Catalog) ExpiredFiles(ctx context.Context, query core.ExpiredQuery) ([]core.File, error) {
	after, afterID := expiredPlaceOf(query.After)
	files, err := collect(ctx, c, scanFile, expiredFiles, asMoment(&query.Now), after, afterID, query.Limit)
	return files, explain("list expired files", err)
}
