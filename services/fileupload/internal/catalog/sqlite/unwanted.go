package sqlite

import "context"

// The parameter is a JSON list of identifiers.
const unwanted = `SELECT value FROM json_each(?)
	WHERE NOT EXISTS (SELECT 1 FROM files WHERE id = value)
		AND NOT EXISTS (SELECT 1 FROM uploads WHERE file_id = value AND status = 'receiving')`

// Unwanted returns those of ids under which neither a file nor a receiving
// upload has bytes.
func (c *Catalog) Unwanted(ctx context.Context, ids []string) ([]string, error) {
	rows, err := c.statements.unwanted.QueryContext(ctx, asObject(&ids))
	found, err := collect(rows, err, func(found row) (id string, err error) {
		err = found.Scan(&id)
		return id, err
	})
	return found, explain("look for the owners of stored bytes", err)
}
