package engine

import (
	"fmt"
	"unicode/utf8"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Number is what a column of numbers can have: TINYINT, UTINYINT, SMALLINT,
// INTEGER, UINTEGER, BIGINT, DOUBLE and BOOLEAN.
type Number interface {
	~int8 | ~uint8 | ~int16 | ~int32 | ~uint32 | ~int64 | ~float64 | ~bool
}

// Column is a column on its way into DuckDB. It refers to the slice that it was
// made of.
type Column struct {
	kind  mapping.Type
	count int
	// write copies so many values from a place into a vector. What texts refer
	// to is held by the heap.
	write func(vector mapping.Vector, from, count int, heap *heap) error
}

// Bools is a column of BOOLEAN.
func Bools[T ~bool](values []T) Column { return numbers(mapping.TypeBoolean, values) }

// Int8s is a column of TINYINT.
func Int8s[T ~int8](values []T) Column { return numbers(mapping.TypeTinyInt, values) }

// Uint8s is a column of UTINYINT.
func Uint8s[T ~uint8](values []T) Column { return numbers(mapping.TypeUTinyInt, values) }

// Int16s is a column of SMALLINT.
func Int16s[T ~int16](values []T) Column { return numbers(mapping.TypeSmallInt, values) }

// Int32s is a column of INTEGER.
func Int32s[T ~int32](values []T) Column { return numbers(mapping.TypeInteger, values) }

// Uint32s is a column of UINTEGER.
func Uint32s[T ~uint32](values []T) Column { return numbers(mapping.TypeUInteger, values) }

// Int64s is a column of BIGINT.
func Int64s[T ~int64](values []T) Column { return numbers(mapping.TypeBigInt, values) }

// Float64s is a column of DOUBLE. The sign of a zero is lost: DuckDB's
// compression would keep it for some zeros only.
func Float64s(values []float64) Column {
	write := func(vector mapping.Vector, from, count int, _ *heap) error {
		data := memory[float64](vector, count)
		for i, value := range values[from : from+count] {
			data[i] = value + 0
		}
		return nil
	}
	return Column{kind: mapping.TypeDouble, count: len(values), write: write}
}

func numbers[T Number](kind mapping.Type, values []T) Column {
	write := func(vector mapping.Vector, from, count int, _ *heap) error {
		copy(memory[T](vector, count), values[from:])
		return nil
	}
	return Column{kind: kind, count: len(values), write: write}
}

// memory is the memory of a vector, of which so many values are used.
func memory[T any](vector mapping.Vector, count int) []T {
	return unsafe.Slice((*T)(mapping.VectorGetData(vector)), count) //nolint:gosec // callers keep to the vector's type and size
}

// Texts is a column of VARCHAR. A value that is not valid UTF-8 is an error of
// what the column is given to.
func Texts(values []string) Column {
	write := func(vector mapping.Vector, from, count int, heap *heap) error {
		texts := memory[text](vector, count)
		for i, value := range values[from : from+count] {
			if !utf8.ValidString(value) {
				return fmt.Errorf("the text in row %d of its batch is not valid UTF-8", from+i)
			}
			texts[i].put(value, heap)
		}
		return nil
	}
	return Column{kind: mapping.TypeVarchar, count: len(values), write: write}
}

// Blobs is a column of BLOB. A nil value is NULL.
func Blobs(values [][]byte) Column {
	write := func(vector mapping.Vector, from, count int, heap *heap) error {
		mapping.VectorEnsureValidityWritable(vector)
		valid := validityOf(vector, count)
		texts := memory[text](vector, count)
		for i, value := range values[from : from+count] {
			if value == nil {
				valid.clear(i)
				texts[i].set("") // not the address from before
				continue
			}
			texts[i].put(unsafe.String(unsafe.SliceData(value), len(value)), heap) //nolint:gosec // DuckDB copies it before Append returns
		}
		return nil
	}
	return Column{kind: mapping.TypeBlob, count: len(values), write: write}
}
