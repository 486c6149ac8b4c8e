package sqlite

import (
	"context"
	"database/sql"
)

// The parameter is a JSON list of identifiers.
const (
	unwantedParts = `SELECT value FROM json_each(?)
		WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE file_id = substr(value, 1, 36) AND status = 'receiving')`
	unwantedBlobs = unwantedParts + ` AND NOT EXISTS (SELECT 1 FROM files WHERE blob_id = value)`
)

// UnwantedBlobs returns those of ids that no file has as its BlobID and that begin
// with the FileID of no receiving upload.
func (c *Catalog) UnwantedBlobs(ctx context.Context, ids []string) ([]string, error) {
	found, err := unwantedOf(ctx, c.statements.unwantedBlobs, ids)
	return found, explain("look for the owners of blobs", err)
}

// UnwantedParts returns those of ids that begin with the FileID of no receiving
// upload.
func (c *Catalog) UnwantedParts(ctx context.Context, ids []string) ([]string, error) {
	found, err := unwantedOf(ctx, c.statements.unwantedParts, ids)
	return found, explain("look for the owners of parts", err)
}

func unwantedOf(ctx context.Context, statement *sql.Stmt, ids []string) ([]string, error) {
	rows, err := statement.QueryContext(ctx, asObject(&ids))
	return collect(rows, err, func(found row) (id string, err error) {
		err = found.Scan(&id)
		return id, err
	})
}
