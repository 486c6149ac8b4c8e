package postgres

import (
	"strings"

	"github.com/sluice-ingest/sluice/libs/principal"
)

// named selects the rows whose column is among the patterns of parameter 5, or
// NULL for all. One that ends with * is a beginning. LIKE would give more
// characters than that one a meaning.
func named(column string) string {
	return `($5::text[] IS NULL OR EXISTS (SELECT FROM unnest($5::text[]) AS pattern
		WHERE CASE WHEN right(pattern, 1) = '*' THEN starts_with(` + column + `, left(pattern, -1))
			ELSE ` + column + ` = pattern END))`
}

// namesValue is the parameter of named.
func namesValue(names principal.Patterns) []string {
	if names.Unlimited() {
		return nil
	}
	return names
}

// behind is greater than every name that begins with prefix: a name has at most
// 255 bytes, and nothing is greater than the last character.
func behind(prefix string) string { return prefix + strings.Repeat("\U0010ffff", 64) }
