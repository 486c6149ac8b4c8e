// Package duckdb keeps log entries and producers in one DuckDB database.
//
// The entries stand in blocks of up to 8,192, each of one tenant and in the
// order of timestamp and ID; package block says how. A block is written once. It
// has a row in the table blocks, which tells its span of time, its levels and
// which of its entries were deleted, and its bytes in one of the tables part_1,
// part_2 and so on. A part has about 16 MiB: DuckDB writes the last one anew
// when it folds its log into the file, and a part without a block is dropped.
//
// A search looks at the blocks' rows first, then at their filters, which rule
// out most blocks for a condition on a field's value or on whole words, and
// reads what is left from the newest or oldest block on until its page is full.
//
// Small blocks are put together, and those with deleted entries written anew,
// a few at a time after each change.
package duckdb
