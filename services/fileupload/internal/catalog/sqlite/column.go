package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// row is what a query found: *sql.Row or *sql.Rows.
type row interface {
	Scan(columns ...any) error
}

// moment is a time in a column: microseconds since 1970, NULL for the zero
// time.
type moment struct {
	value *time.Time
}

func asMoment(value *time.Time) moment { return moment{value} }

// Value returns what goes into the column.
func (m moment) Value() (driver.Value, error) {
	if m.value.IsZero() {
		return nil, nil
	}
	return m.value.UnixMicro(), nil
}

// Scan takes what is in the column.
func (m moment) Scan(column any) error {
	switch column := column.(type) {
	case nil:
		*m.value = time.Time{}
	case int64:
		*m.value = time.UnixMicro(column).UTC()
	default:
		return fmt.Errorf("a time is kept as an integer, not as %T", column)
	}
	return nil
}

// object is a JSON text in a column, NULL for null.
type object[T any] struct {
	value *T
}

func asObject[T any](value *T) object[T] { return object[T]{value} }

// Value returns what goes into the column.
func (o object[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(*o.value)
	if err != nil || string(text) == "null" {
		return nil, err
	}
	return string(text), nil
}

// Scan takes what is in the column.
func (o object[T]) Scan(column any) error {
	switch column := column.(type) {
	case nil:
		var none T
		*o.value = none
	case string:
		return json.Unmarshal([]byte(column), o.value)
	default:
		return fmt.Errorf("an object is kept as a text, not as %T", column)
	}
	return nil
}
