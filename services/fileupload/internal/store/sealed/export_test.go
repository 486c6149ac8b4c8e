package sealed

import (
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// NewWithSegments is New with another segment size.
func NewWithSegments(inner core.Store, keys *seal.Keys, size int) *Store {
	s := New(inner, keys)
	s.segmentSize = size
	return s
}
