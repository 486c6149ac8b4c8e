package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// StoreID returns the identifier of the store that the catalog belongs to,
// empty when it belongs to none yet.
func (c *Catalog) StoreID(ctx context.Context) (id string, err error) {
	err = c.reader.QueryRowContext(ctx, `SELECT id FROM store`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, explain("find store", err)
}

// BelongTo makes the catalog, which belongs to no store yet, that of a store.
func (c *Catalog) BelongTo(ctx context.Context, storeID string) error {
	err := c.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO store (one, id) VALUES (1, ?)`, storeID)
		return err
	})
	return explain("name store", err)
}

// Empty tells whether the catalog knows no file and no upload.
func (c *Catalog) Empty(ctx context.Context) (empty bool, err error) {
	err = c.reader.QueryRowContext(ctx,
		`SELECT NOT EXISTS (SELECT 1 FROM files) AND NOT EXISTS (SELECT 1 FROM uploads)`).Scan(&empty)
	return empty, explain("look whether the catalog is empty", err)
}
