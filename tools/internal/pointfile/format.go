package pointfile

import (
	"fmt"
	"strings"
)

// Format is how the points are written.
type Format string

// The formats.
const (
	// FormatAuto is NDJSON when the first line begins with a brace, also that of
	// an array, which is then refused as one, else CSV.
	FormatAuto Format = ""
	// FormatCSV has a header, or two columns without one: timestamp and value.
	FormatCSV Format = "csv"
	// FormatNDJSON has a JSON object on each line.
	FormatNDJSON Format = "ndjson"
)

// ParseFormat reads a format: auto, csv or ndjson.
func ParseFormat(text string) (Format, error) {
	switch f := Format(strings.ToLower(text)); f {
	case "auto":
		return FormatAuto, nil
	case FormatAuto, FormatCSV, FormatNDJSON:
		return f, nil
	}
	return FormatAuto, fmt.Errorf("%q is no format; give auto, csv or ndjson", text)
}

// of settles on a format for an input that begins with this line.
func (f Format) of(first string) Format {
	first = strings.TrimSpace(first)
	switch {
	case f != FormatAuto:
		return f
	case strings.HasPrefix(first, "{"), strings.HasPrefix(first, "[{"), first == "[":
		return FormatNDJSON
	}
	return FormatCSV
}
