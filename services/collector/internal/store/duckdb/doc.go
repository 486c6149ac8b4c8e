// Package duckdb keeps samples, series and producers in one DuckDB database.
//
// The samples stand in the order in which they arrived, without an index: what
// is sent in step compresses to two or three bytes a sample, and since DuckDB
// knows the smallest and the largest timestamp of every 122,880 rows, a query
// over a span of time reads little else. No two rows have the same series and
// timestamp: a sample that came late replaces the stored one in the same
// transaction.
//
// A commit is synced: whole row groups go into the file, which is synced first,
// and everything else into the log beside it. The log is folded into the file
// when it has grown to 16 MiB and no query runs, at 128 MiB in any case, by
// Checkpoint, and by Close.
//
// What the disk has no room for is refused before DuckDB begins. A disk that
// fills up or fails nevertheless can make DuckDB refuse everything from then on;
// the store then opens the database anew by itself, and what was committed is
// there.
//
// The database's folder belongs to one process and should be closed to other
// users, for DuckDB's files are not.
package duckdb
