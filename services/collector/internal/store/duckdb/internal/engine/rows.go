package engine

import "github.com/duckdb/duckdb-go/v2/mapping"

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
	vector := r.vector(column)
	validity := mapping.VectorGetValidity(vector)
	if validity != nil && !mapping.ValidityRowIsValid(validity, mapping.IdxT(row)) {
		return "", false
	}
	return mapping.StringTData(&memory[mapping.StringT](vector, r.size)[row]), true
}

func (r *Rows) vector(column int) mapping.Vector {
	return mapping.DataChunkGetVector(r.chunk, mapping.IdxT(column))
}
