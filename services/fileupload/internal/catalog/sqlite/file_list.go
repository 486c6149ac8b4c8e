package sqlite

import (
	"context"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var listFiles = `SELECT ` + fileColumns + ` FROM files
	WHERE tenant = ?1 AND status = ?6 AND (created_at, id) < (?2, ?3) AND ` + named("name") + `
	ORDER BY created_at DESC, id DESC LIMIT ?4`

// The hits are found and ordered in the index alone; only those of the page
// are read.
var listFilesNamed = `SELECT ` + fileColumns + ` FROM files
	WHERE id IN (
		SELECT id FROM files INDEXED BY files_by_name
		WHERE tenant = ?1 AND status = ?6 AND (created_at, id) < (?2, ?3)
			AND name >= ?7 AND name < ?8 AND ` + named("name") + `
		ORDER BY created_at DESC, id DESC LIMIT ?4)
	ORDER BY created_at DESC, id DESC`

// behindUTF8 is greater than any byte of a name, which is UTF-8: every name
// that begins with a prefix lies between the prefix and the prefix with this.
const behindUTF8 = "\xff"

// ListFiles returns files of one tenant, newest first.
func (c *Catalog) ListFiles(ctx context.Context, query core.FileQuery) ([]core.File, error) {
	before, beforeID := placeOf(query.After)
	statement := c.statements.listFiles
	args := []any{query.Tenant, before, beforeID, query.Limit, namesValue(query.Names), string(query.Status)}
	if query.NamePrefix != "" {
		statement = c.statements.listFilesNamed
		args = append(args, query.NamePrefix, query.NamePrefix+behindUTF8)
	}
	rows, err := statement.QueryContext(ctx, args...)
	files, err := collect(rows, err, scanFile)
	return files, explain("list files", err)
}

const expiredFiles = `SELECT ` + fileColumns + ` FROM files
	WHERE expires_at < ?1 AND (expires_at, id) > (?2, ?3)
	ORDER BY expires_at, id LIMIT ?4`

// ExpiredFiles returns files that have expired, oldest first.
func (c *Catalog) ExpiredFiles(ctx context.Context, query core.ExpiredQuery) ([]core.File, error) {
	after, afterID := expiredPlaceOf(query.After)
	rows, err := c.statements.expiredFiles.QueryContext(ctx, asMoment(&query.Now), after, afterID, query.Limit)
	files, err := collect(rows, err, scanFile)
	return files, explain("list expired files", err)
}
