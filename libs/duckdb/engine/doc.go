// Package engine talks to DuckDB in columns.
//
// database/sql hands values over one by one; here whole columns are copied
// between Go slices and DuckDB's vectors, which is what makes taking samples in
// and reading them fast. It needs no build tags.
package engine
