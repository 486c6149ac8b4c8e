package pointfile

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Unit is the unit of a timestamp that is a number since 1970.
type Unit int64

// The units. A number without one is told by its size: each unit begins where
// it means 1973-03-03T09:46:40Z, below that it is the next larger unit.
const (
	UnitAuto         Unit = 0
	UnitNanoseconds  Unit = 1
	UnitMicroseconds Unit = 1e3
	UnitMilliseconds Unit = 1e6
	UnitSeconds      Unit = 1e9
)

// ParseUnit reads a unit: auto, s, ms, us or ns.
func ParseUnit(text string) (Unit, error) {
	switch text {
	case "auto", "":
		return UnitAuto, nil
	case "s":
		return UnitSeconds, nil
	case "ms":
		return UnitMilliseconds, nil
	case "us", "µs":
		return UnitMicroseconds, nil
	case "ns":
		return UnitNanoseconds, nil
	}
	return UnitAuto, fmt.Errorf("%q is no unit of a timestamp; give auto, s, ms, us or ns", text)
}

// of settles on a unit for a number.
func (u Unit) of(number float64) Unit {
	switch size := math.Abs(number); {
	case u != UnitAuto:
		return u
	case size < 1e11:
		return UnitSeconds
	case size < 1e14:
		return UnitMilliseconds
	case size < 1e17:
		return UnitMicroseconds
	}
	return UnitNanoseconds
}

var errTimeRange = errors.New("it lies outside the years 1678 to 2262")

// ParseTimestamp reads a moment and returns it in Unix nanoseconds. It takes
// RFC 3339, the same with a space or without a zone, which is then location, a
// date alone, and a number of the unit.
func ParseTimestamp(text string, unit Unit, location *time.Location) (int64, error) {
	if text == "" {
		return 0, errors.New("the timestamp is missing")
	}
	nanoseconds, err := parseNumber(text, unit)
	if errors.Is(err, strconv.ErrSyntax) {
		nanoseconds, err = parseDate(text, location)
	}
	if err != nil {
		return 0, fmt.Errorf("%q is no timestamp: %w", text, err)
	}
	return nanoseconds, nil
}

// maxNumber bounds the digits of a number, so that none costs much.
const maxNumber = 64

// parseNumber is exact but for numbers with an exponent: a float64 would lose
// the last digits of nanoseconds.
func parseNumber(text string, unit Unit) (int64, error) {
	size, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange), math.IsNaN(size), len(text) > maxNumber, strings.ContainsAny(text, "xX_"):
		return 0, strconv.ErrSyntax
	case math.Abs(size) > 1e19:
		return 0, errTimeRange
	}
	unit = unit.of(size)
	whole, err := strconv.ParseInt(text, 10, 64)
	if limit := math.MaxInt64 / int64(unit); err == nil && -limit <= whole && whole <= limit {
		return whole * int64(unit), nil
	}
	return scale(text, size, unit)
}

// scale multiplies a number that is not whole, or too large, by its unit.
func scale(text string, size float64, unit Unit) (int64, error) {
	exact := new(big.Rat)
	if strings.ContainsAny(text, "eE") {
		exact.SetFloat64(size)
	} else if _, ok := exact.SetString(text); !ok {
		return 0, strconv.ErrSyntax
	}
	exact.Mul(exact, new(big.Rat).SetInt64(int64(unit)))
	nanoseconds := new(big.Int).Quo(exact.Num(), exact.Denom())
	if !nanoseconds.IsInt64() {
		return 0, errTimeRange
	}
	return nanoseconds.Int64(), nil
}

func parseDate(text string, location *time.Location) (int64, error) {
	// Go takes a fraction of the second after any of these.
	for _, layout := range []string{
		"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02",
	} {
		if at, err := time.ParseInLocation(layout, text, location); err == nil {
			return unixNano(at)
		}
	}
	return 0, errors.New("give RFC 3339, 2006-01-02 15:04:05 or a number since 1970")
}

func unixNano(at time.Time) (int64, error) {
	if at.Year() < 1678 || at.Year() > 2261 {
		return 0, errTimeRange
	}
	return at.UnixNano(), nil
}
