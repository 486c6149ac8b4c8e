package postgres

import (
	"context"
	"slices"
)

// listTenants goes from one tenant to the next, by way of indexes: there may be many
// files of each. The page is one whatever the order of its rows.
const listTenants = `WITH RECURSIVE found (tenant, number) AS (
		SELECT $1::text COLLATE "C", 0
		UNION ALL
		SELECT least(
			(SELECT tenant FROM files WHERE tenant > found.tenant ORDER BY tenant LIMIT 1),
			(SELECT tenant FROM uploads WHERE tenant > found.tenant ORDER BY tenant LIMIT 1),
			(SELECT tenant FROM usage WHERE tenant > found.tenant ORDER BY tenant LIMIT 1)), number + 1
		FROM found WHERE found.tenant IS NOT NULL AND number < $2
	)
	SELECT tenant FROM found WHERE number > 0 AND tenant IS NOT NULL`

// Tenants returns those that have something.
func (c *Catalog) Tenants(ctx context.Context, after string, limit int) ([]string, error) {
	tenants, err := collect(ctx, c, scanText, listTenants, after, limit)
	slices.Sort(tenants)
	return tenants, explain("list tenants", err)
}
