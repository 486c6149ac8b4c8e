package pointfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// object is what jsonKind calls an object.
const object = "an object"

var errNoObject = errors.New("it is no JSON object of a point")

// mismatch names the first field of a line whose value is of a kind that it
// can't have. It reads the line once more, since the error of encoding/json
// lacks the name within metrics and tags.
func mismatch(line string) error {
	if kind := jsonKind(json.RawMessage(strings.TrimSpace(line))); kind != object {
		return fmt.Errorf("a point: is %s; give an object on each line", kind)
	}
	fields := members(json.RawMessage(line))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := checkField(strings.ToLower(name), fields[name]); err != nil {
			return err
		}
	}
	return errNoObject
}

// checkField checks a field of a point. Names are in lower case, as any case is
// taken.
func checkField(name string, value json.RawMessage) error {
	switch name {
	case "source":
		return checkText(name, value)
	case "metrics":
		return checkMembers(name, value, checkNumber)
	case "tags":
		return checkMembers(name, value, checkText)
	}
	return nil
}

func checkMembers(field string, value json.RawMessage, check func(field string, value json.RawMessage) error) error {
	if kind := jsonKind(value); kind != object && kind != "null" {
		return fmt.Errorf("%s: is %s; give an object", field, kind)
	}
	inside := members(value)
	for _, name := range slices.Sorted(maps.Keys(inside)) {
		if err := check(field+"["+strconv.Quote(name)+"]", inside[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkText(field string, value json.RawMessage) error {
	if kind := jsonKind(value); kind != "a text" && kind != "null" {
		return fmt.Errorf("%s: is %s; give a text", field, kind)
	}
	return nil
}

func checkNumber(field string, value json.RawMessage) error {
	kind := jsonKind(value)
	if kind != "a number" && kind != "null" {
		return fmt.Errorf("%s: is %s; give a number", field, kind)
	}
	if _, err := strconv.ParseFloat(string(value), 64); errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%s: %.40s is beyond a float64; give a number up to 1.7e308", field, value)
	}
	return nil
}

// members returns the fields of an object, of what can't be read none. Behind
// the object there may be more.
func members(value json.RawMessage) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if json.NewDecoder(strings.NewReader(string(value))).Decode(&fields) != nil {
		return nil
	}
	return fields
}

// jsonKind tells what a value is by its first character.
func jsonKind(value json.RawMessage) string {
	if len(value) == 0 {
		return "nothing"
	}
	switch value[0] {
	case '{':
		return object
	case '[':
		return "an array"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}
