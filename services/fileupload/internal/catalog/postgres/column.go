package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// moment is a time in a column, NULL for the zero time.
type moment struct {
	value *time.Time
}

func asMoment(value *time.Time) moment { return moment{value} }

// TimestamptzValue returns what goes into the column.
func (m moment) TimestamptzValue() (pgtype.Timestamptz, error) {
	return pgtype.Timestamptz{Time: *m.value, Valid: !m.value.IsZero()}, nil
}

// ScanTimestamptz takes what is in the column.
func (m moment) ScanTimestamptz(column pgtype.Timestamptz) error {
	*m.value = time.Time{}
	if column.Valid {
		*m.value = column.Time.UTC()
	}
	return nil
}
