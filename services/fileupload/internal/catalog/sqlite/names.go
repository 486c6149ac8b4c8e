package sqlite

import "github.com/sluice-ingest/sluice/libs/principal"

// named selects the rows whose column is among the patterns of parameter 5: a
// JSON list, or NULL for all. One that ends with * is a beginning. LIKE and GLOB
// would give more characters than that one a meaning.
func named(column string) string {
	return `(?5 IS NULL OR EXISTS (SELECT 1 FROM json_each(?5) WHERE CASE WHEN substr(value, -1) = '*'
		THEN substr(` + column + `, 1, length(value) - 1) = substr(value, 1, length(value) - 1)
		ELSE ` + column + ` = value END))`
}

// namesValue is the parameter of named.
func namesValue(names principal.Patterns) object[principal.Patterns] {
	if names.Unlimited() {
		names = nil
	}
	return asObject(&names)
}
