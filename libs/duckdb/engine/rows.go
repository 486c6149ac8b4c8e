package engine

import (
	"strings"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Rows is the result of a query, in chunks of columns.
type Rows struct {
	result mapping.Result
	chunk  mapping.DataChunk
	size   int
}

// Next goes on to the next chunk, and returns false after the last one.
func (r *Rows) Next() bool {
	mapping.DestroyDataChunk(&r.chunk)
	r.chunk = mapping.FetchChunk(r.result)
	if r.chunk.Ptr == nil {
		return false
	}
	r.size = int(mapping.DataChunkGetSize(r.chunk))
	return r.size > 0
}

// Close gives back what the result holds.
func (r *Rows) Close() {
	mapping.DestroyDataChunk(&r.chunk)
	mapping.DestroyResult(&r.result)
}

// Len is the number of rows of the chunk.
func (r *Rows) Len() int { return r.size }

// Numbers returns a column of the chunk, whose type in DuckDB must be T's. It
// is DuckDB's memory and good until the next call of r's methods.
func Numbers[T Number](r *Rows, column int) []T {
	return memory[T](r.vector(column), r.size)
}

// Text returns a text or blob of the chunk, and false for NULL.
func (r *Rows) Text(column, row int) (string, bool) {
	view, ok := r.View(column, row)
	return string(view), ok
}

// View is Text in DuckDB's memory, which is good until the next call of Next or
// Close and is not written to.
func (r *Rows) View(column, row int) ([]byte, bool) {
	vector := r.vector(column)
	if validityOf(vector, r.size).isNull(row) {
		return nil, false
	}
	return memory[text](vector, r.size)[row].view(), true
}

// Texts returns a column of VARCHAR or BLOB of the chunk, in which NULL is the
// empty text. The texts stand in one piece of Go's memory: who keeps one keeps
// all.
func (r *Rows) Texts(column int) []string {
	vector := r.vector(column)
	texts, valid := memory[text](vector, r.size), validityOf(vector, r.size)
	total := 0
	for row := range texts {
		if !valid.isNull(row) {
			total += int(texts[row].length)
		}
	}
	var all strings.Builder
	all.Grow(total)
	values := make([]string, r.size)
	for row := range texts {
		if valid.isNull(row) {
			continue
		}
		from := all.Len()
		all.Write(texts[row].view())
		values[row] = all.String()[from:]
	}
	return values
}

// IsNull tells whether a value of the chunk is NULL.
func (r *Rows) IsNull(column, row int) bool {
	return validityOf(r.vector(column), r.size).isNull(row)
}

func (r *Rows) vector(column int) mapping.Vector {
	return mapping.DataChunkGetVector(r.chunk, mapping.IdxT(column))
}
