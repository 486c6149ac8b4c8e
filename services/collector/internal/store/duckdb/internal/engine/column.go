package engine

import (
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Number is what a column of numbers can have: UINTEGER, INTEGER, BIGINT and
// DOUBLE.
type Number interface {
	~uint32 | ~int32 | ~int64 | ~float64
}

// Column is a column on its way into DuckDB.
type Column struct {
	kind  mapping.Type
	count int
	// write copies so many values from a place into a vector.
	write func(vector mapping.Vector, from, count int)
}

// Uint32s is a column of UINTEGER.
func Uint32s[T ~uint32](values []T) Column { return numbers(mapping.TypeUInteger, values) }

// Int32s is a column of INTEGER.
func Int32s(values []int32) Column { return numbers(mapping.TypeInteger, values) }

// Int64s is a column of BIGINT.
func Int64s(values []int64) Column { return numbers(mapping.TypeBigInt, values) }

// Float64s is a column of DOUBLE. The sign of a zero is lost: DuckDB's
// compression would keep it for some zeros only.
func Float64s(values []float64) Column {
	write := func(vector mapping.Vector, from, count int) {
		data := memory[float64](vector, count)
		for i, value := range values[from : from+count] {
			data[i] = value + 0
		}
	}
	return Column{kind: mapping.TypeDouble, count: len(values), write: write}
}

func numbers[T Number](kind mapping.Type, values []T) Column {
	write := func(vector mapping.Vector, from, count int) {
		copy(memory[T](vector, count), values[from:])
	}
	return Column{kind: kind, count: len(values), write: write}
}

// memory is the memory of a vector, of which so many values are used.
func memory[T any](vector mapping.Vector, count int) []T {
	return unsafe.Slice((*T)(mapping.VectorGetData(vector)), count) //nolint:gosec // callers keep to the vector's type and size
}

// Texts is a column of VARCHAR. The values are valid UTF-8.
func Texts(values []string) Column {
	write := func(vector mapping.Vector, from, count int) {
		for i, value := range values[from : from+count] {
			mapping.VectorAssignStringElement(vector, mapping.IdxT(i), value)
		}
	}
	return Column{kind: mapping.TypeVarchar, count: len(values), write: write}
}

// Blobs is a column of BLOB. A nil value is NULL.
func Blobs(values [][]byte) Column {
	write := func(vector mapping.Vector, from, count int) {
		mapping.VectorEnsureValidityWritable(vector)
		validity := mapping.VectorGetValidity(vector)
		for i, value := range values[from : from+count] {
			if value == nil {
				mapping.ValiditySetRowInvalid(validity, mapping.IdxT(i))
				continue
			}
			mapping.VectorAssignStringElementLen(vector, mapping.IdxT(i), value)
		}
	}
	return Column{kind: mapping.TypeBlob, count: len(values), write: write}
}
