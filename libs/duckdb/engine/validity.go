package engine

import (
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// validity has a bit for each row of a vector: it is 0 for NULL. A nil one is
// that of a vector without any NULL.
type validity []uint64

func validityOf(vector mapping.Vector, rows int) validity {
	bits := (*uint64)(mapping.VectorGetValidity(vector))
	if bits == nil {
		return nil
	}
	return unsafe.Slice(bits, (rows+63)/64) //nolint:gosec // one bit a row
}

func (v validity) isNull(row int) bool { return v != nil && v[row/64]&(1<<(row%64)) == 0 }

// clear makes a row NULL; v is not nil.
func (v validity) clear(row int) { v[row/64] &^= 1 << (row % 64) }
