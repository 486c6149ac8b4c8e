// Package page is how lists are asked for in pages: sizes and cursors.
package page

import (
	"encoding/base64"
	"encoding/json"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// DefaultSize is the number of items of a page when the caller names none, and
// MaxSize the largest that it may name.
const (
	DefaultSize = 100
	MaxSize     = 1000
)

// Size returns the number of items wanted, or reason FIELD_INVALID.
func Size(requested int32) (int, error) {
	switch {
	case requested == 0:
		return DefaultSize, nil
	case requested < 0 || requested > MaxSize:
		return 0, problem.InField(problem.FieldInvalid, "page_size", "is %d; must be 1 to %d, or 0 for %d", requested, MaxSize, DefaultSize)
	default:
		return int(requested), nil
	}
}

// Encode makes an opaque cursor of a place in a list: plain data that JSON can
// hold. A place that it cannot hold yields the first page.
func Encode(place any) string {
	encoded, _ := json.Marshal(place) //nolint:errchkjson // plain data always encodes
	return base64.RawURLEncoding.EncodeToString(encoded)
}

// Decode reads the place of a cursor that Encode made; an empty cursor leaves
// place as it is. It returns reason FIELD_INVALID for any other text.
func Decode(cursor string, place any) error {
	if cursor == "" {
		return nil
	}
	encoded, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(encoded, place)
	}
	if err != nil {
		return &problem.Error{
			Reason: problem.FieldInvalid, Field: "cursor", Cause: err,
			Detail: "is not one that a former page gave; leave it empty for the first page",
		}
	}
	return nil
}
