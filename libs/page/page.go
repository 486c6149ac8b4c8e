// Package page is how lists are asked for in pages: sizes and cursors.
package page

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

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

// cursor is what stands in the opaque text.
type cursor struct {
	// List keeps the cursor of one list from being used for another.
	List  string          `json:"list"`
	Place json.RawMessage `json:"place"`
}

// Encode makes an opaque cursor of a place in the named list: plain data that
// JSON can hold. A place that it cannot hold yields the first page.
func Encode(list string, place any) string {
	raw, err := json.Marshal(place)
	if err != nil {
		return ""
	}
	encoded, err := json.Marshal(cursor{List: list, Place: raw})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(encoded)
}

// Decode reads the place of a cursor that Encode made for the named list; an
// empty cursor leaves place as it is. It returns reason FIELD_INVALID for any
// other text.
func Decode(list, text string, place any) error {
	if text == "" {
		return nil
	}
	if err := decode(list, text, place); err != nil {
		return &problem.Error{
			Reason: problem.FieldInvalid, Field: "cursor", Cause: err,
			Detail: "is not one that a former page of this list gave; leave it empty for the first page",
		}
	}
	return nil
}

func decode(list, text string, place any) error {
	encoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	var c cursor
	if err := json.Unmarshal(encoded, &c); err != nil {
		return err
	}
	if c.List != list {
		return fmt.Errorf("is for %q", c.List)
	}
	return json.Unmarshal(c.Place, place)
}
