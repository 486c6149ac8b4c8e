package sqlite

import (
	"math"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// placeOf returns creation and identifier that a page's items lie before. The
// start of a list lies behind every item.
func placeOf(page core.Page) (before int64, beforeID string) {
	if page.Before.IsZero() {
		return math.MaxInt64, ""
	}
	return page.Before.UnixMicro(), page.BeforeID
}
