package engine

import (
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Append appends rows to a table, inside the connection's transaction. The
// columns have the same length and the types and order of the table's.
func (c *Conn) Append(table string, columns ...Column) error {
	var appender mapping.Appender
	defer mapping.AppenderDestroy(&appender)
	if mapping.AppenderCreateExt(c.handle, "", "", table, &appender) == mapping.StateError {
		return appenderError(appender)
	}
	types := typesOf(columns)
	defer destroy(types)
	return fill(appender, types, columns)
}

// ExecWith runs a statement with rows that it finds in a table of the given
// name and columns. Many rows are handed over in parts, one run for each.
func (c *Conn) ExecWith(statement, table string, names []string, columns ...Column) error {
	types := typesOf(columns)
	defer destroy(types)
	var appender mapping.Appender
	defer mapping.AppenderDestroy(&appender)
	if mapping.AppenderCreateQuery(c.handle, statement, types, table, names, &appender) == mapping.StateError {
		return appenderError(appender)
	}
	return fill(appender, types, columns)
}

// fill copies the columns into the appender chunk by chunk, and flushes it.
func fill(appender mapping.Appender, types []mapping.LogicalType, columns []Column) error {
	chunk := mapping.CreateDataChunk(types)
	defer mapping.DestroyDataChunk(&chunk)
	texts := &heap{}
	defer texts.free()
	size := int(mapping.VectorSize())
	for from, rows := 0, columns[0].count; from < rows; from += size {
		count := min(size, rows-from)
		mapping.DataChunkReset(chunk)
		texts.reset()
		if err := write(chunk, columns, from, count, texts); err != nil {
			mapping.AppenderClear(appender)
			return err
		}
		if mapping.AppendDataChunk(appender, chunk) == mapping.StateError {
			return abandon(appender)
		}
	}
	if mapping.AppenderFlush(appender) == mapping.StateError {
		return abandon(appender)
	}
	return nil
}

// write copies so many rows from a place into the chunk.
func write(chunk mapping.DataChunk, columns []Column, from, count int, texts *heap) error {
	for i := range columns {
		vector := mapping.DataChunkGetVector(chunk, mapping.IdxT(i))
		if err := columns[i].write(vector, from, count, texts); err != nil {
			return err
		}
	}
	mapping.DataChunkSetSize(chunk, mapping.IdxT(count))
	return nil
}

// abandon returns the appender's error and drops its rows, which destroying it
// would try to flush.
func abandon(appender mapping.Appender) error {
	err := appenderError(appender)
	mapping.AppenderClear(appender)
	return err
}

func typesOf(columns []Column) []mapping.LogicalType {
	types := make([]mapping.LogicalType, len(columns))
	for i := range columns {
		types[i] = mapping.CreateLogicalType(columns[i].kind)
	}
	return types
}

func destroy(types []mapping.LogicalType) {
	for i := range types {
		mapping.DestroyLogicalType(&types[i])
	}
}
