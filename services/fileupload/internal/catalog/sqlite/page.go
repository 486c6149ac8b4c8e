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

// expiredPlaceOf returns expiry and identifier that a page's items lie behind.
// The start of a list lies before every item.
func expiredPlaceOf(page core.ExpiredPage) (after int64, afterID string) {
	if page.After.IsZero() {
		return math.MinInt64, ""
	}
	return page.After.UnixMicro(), page.AfterID
}
