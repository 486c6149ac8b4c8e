package sqlite

import (
	"context"
	"slices"
)

// listTenants goes from one tenant to the next, by way of indexes: there may be many
// files of each. The page is one whatever the order of its rows.
const listTenants = `WITH RECURSIVE found (tenant, number) AS (
		SELECT ?1, 0
		UNION ALL
		SELECT (SELECT min(tenant) FROM (
			SELECT min(tenant) AS tenant FROM files WHERE tenant > found.tenant
			UNION ALL SELECT min(tenant) FROM uploads WHERE tenant > found.tenant
			UNION ALL SELECT min(tenant) FROM usage WHERE tenant > found.tenant)), number + 1
		FROM found WHERE found.tenant IS NOT NULL AND number < ?2
	)
	SELECT tenant FROM found WHERE number > 0 AND tenant IS NOT NULL`

// Tenants returns those that have something.
func (c *Catalog) Tenants(ctx context.Context, after string, limit int) ([]string, error) {
	rows, err := c.statements.listTenants.QueryContext(ctx, after, limit)
	tenants, err := collect(rows, err, scanText)
	slices.Sort(tenants)
	return tenants, explain("list tenants", err)
}

func scanText(found row) (text string, err error) {
	err = found.Scan(&text)
	return text, err
}
