// Package duckdb is what every store in a DuckDB database needs: it opens the
// file, gives out connections, does changes that are durable when they return,
// and keeps how much of a journal the store has taken in. Package engine, below
// it, talks to DuckDB in columns.
//
// A commit is synced: whole row groups go into the file, which is synced first,
// and everything else into the log beside it. The log is folded into the file
// when it has grown to 16 MiB and no query runs, at 128 MiB in any case, by
// Checkpoint, and by Close.
//
// What the disk has no room for is refused before DuckDB begins. A disk that
// fills up or fails nevertheless can make DuckDB refuse everything from then on;
// the database is then opened anew by itself, and what was committed is there.
//
// The database's folder belongs to one process and should be closed to other
// users, for DuckDB's files are not.
//
// # Journalled stores
//
// A store that takes a journal in makes its schema's first step begin with
// [JournalTables], and takes each piece of the journal in by
// [Database.ApplyOnce]: rows, producers and the journal's position are in one
// transaction. What else changes the position does so by [MoveTo] in a
// [Database.Change].
package duckdb
