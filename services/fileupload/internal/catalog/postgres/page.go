package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// placeOf returns creation and identifier that a page's items lie before. The
// start of a list lies behind every item.
func placeOf(page core.Page) (before pgtype.Timestamptz, beforeID string) {
	if page.Before.IsZero() {
		return pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}, ""
	}
	return pgtype.Timestamptz{Time: page.Before, Valid: true}, page.BeforeID
}

// expiredPlaceOf returns expiry and identifier that a page's items lie behind.
// The start of a list lies before every item.
func expiredPlaceOf(page core.ExpiredPage) (after pgtype.Timestamptz, afterID string) {
	if page.After.IsZero() {
		return pgtype.Timestamptz{InfinityModifier: pgtype.NegativeInfinity, Valid: true}, ""
	}
	return pgtype.Timestamptz{Time: page.After, Valid: true}, page.AfterID
}
