package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// StoreID returns the identifier of the store that the catalog belongs to,
// empty when it belongs to none yet.
func (c *Catalog) StoreID(ctx context.Context) (string, error) {
	id, err := find(ctx, c, scanText, `SELECT id FROM store`)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return id, explain("find store", err)
}

// BelongTo makes the catalog, which belongs to no store yet, that of a store.
// Of replicas that do so at once one succeeds; the others have core.ErrExists.
func (c *Catalog) BelongTo(ctx context.Context, storeID string) error {
	_, err := c.change(ctx, `INSERT INTO store (one, id) VALUES (1, $1)`, storeID)
	return explain("name store", err)
}

// Empty tells whether the catalog knows no file and no upload.
func (c *Catalog) Empty(ctx context.Context) (bool, error) {
	empty, err := find(ctx, c, func(found row) (empty bool, err error) {
		err = found.Scan(&empty)
		return empty, err
	}, `SELECT NOT EXISTS (SELECT FROM files) AND NOT EXISTS (SELECT FROM uploads)`)
	return empty, explain("look whether the catalog is empty", err)
}
