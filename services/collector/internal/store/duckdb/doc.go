// Package duckdb keeps samples, series and producers in one DuckDB database, by
// libs/duckdb, which says how that is durable and what a full disk does.
//
// The samples stand in the order in which they arrived, without an index: what
// is sent in step compresses to two or three bytes a sample, and since DuckDB
// knows the smallest and the largest timestamp of every 122,880 rows, a query
// over a span of time reads little else. No two rows have the same series and
// timestamp: a sample that came late replaces the stored one in the same
// transaction.
package duckdb
