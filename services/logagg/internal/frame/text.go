package frame

import (
	"unsafe"

	"github.com/sluice-ingest/sluice/libs/wire/field"
)

// text reads a text without copying it.
func text(c *field.Cursor) string {
	bytes := c.Text()
	return unsafe.String(unsafe.SliceData(bytes), len(bytes)) //nolint:gosec // the package's doc says how long it is valid
}
