package sqlite

import "context"

const wants = `SELECT
	EXISTS (SELECT 1 FROM files WHERE id = ?1)
	OR EXISTS (SELECT 1 FROM uploads WHERE file_id = ?1 AND status = 'receiving')`

// Wants tells whether the bytes stored under id belong to a file or to a
// receiving upload.
func (c *Catalog) Wants(ctx context.Context, id string) (bool, error) {
	var wanted bool
	err := c.statements.wants.QueryRowContext(ctx, id).Scan(&wanted)
	return wanted, explain("look for the owner of stored bytes", err)
}
