package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

var errNoValue = errors.New("has no value; give it one or remove the key")

// isSection tells a nested struct from a value that happens to be a struct.
func isSection(v reflect.Value) bool {
	return v.Kind() == reflect.Struct && unmarshaler(v) == nil
}

func supported(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return isList(v) || unmarshaler(v) != nil
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64:
		return true
	default:
		return v.CanInt() || v.CanUint() || unmarshaler(v) != nil
	}
}

func isList(v reflect.Value) bool { return v.Type() == reflect.TypeFor[[]string]() }

func unmarshaler(v reflect.Value) encoding.TextUnmarshaler {
	u, _ := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr())
	return u
}

// set takes a value as a source had it: a text, or what YAML made of it.
func (f *field) set(value any) error {
	err := f.assign(value)
	if err != nil && f.secret {
		return errors.New("is not valid; the value is a secret and not shown")
	}
	return err
}

func (f *field) assign(value any) error {
	switch value := value.(type) {
	case nil:
		return errNoValue
	case string:
		return parse(f.value, value)
	case time.Time:
		// YAML makes a time of what looks like one.
		return parse(f.value, value.Format(time.RFC3339Nano))
	case []any:
		return f.assignList(value)
	}
	if f.value.Kind() == reflect.String || isList(f.value) {
		return fmt.Errorf("%v is not a %s; put it in quotes", value, typeName(f.value))
	}
	return parse(f.value, fmt.Sprint(value))
}

func (f *field) assignList(items []any) error {
	if !isList(f.value) {
		return fmt.Errorf("is a list and should be a single %s", typeName(f.value))
	}
	list := make([]string, len(items))
	for i, item := range items {
		text, ok := item.(string)
		if !ok {
			return fmt.Errorf("%v is not a string; put it in quotes", item)
		}
		list[i] = text
	}
	f.value.Set(reflect.ValueOf(list))
	return nil
}

// parse sets v to what text says.
func parse(v reflect.Value, text string) error {
	if u := unmarshaler(v); u != nil {
		return u.UnmarshalText([]byte(text))
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return parseDuration(v, text)
	}
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
	case isList(v):
		v.Set(reflect.ValueOf(splitList(text)))
	case v.Kind() == reflect.Bool:
		return parseBool(v, text)
	default:
		return parseNumber(v, text)
	}
	return nil
}

func parseDuration(v reflect.Value, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 30s", text)
	}
	v.SetInt(int64(d))
	return nil
}

func parseBool(v reflect.Value, text string) error {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	v.SetBool(b)
	return nil
}

func parseNumber(v reflect.Value, text string) error {
	var err error
	switch bits := v.Type().Bits(); {
	case v.CanInt():
		var n int64
		n, err = strconv.ParseInt(text, 10, bits)
		v.SetInt(n)
	case v.CanUint():
		var n uint64
		n, err = strconv.ParseUint(text, 10, bits)
		v.SetUint(n)
	default:
		var n float64
		n, err = strconv.ParseFloat(text, bits)
		v.SetFloat(n)
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return fmt.Errorf("%s is out of the range of %s", text, v.Type().Kind())
	case err != nil:
		return fmt.Errorf("%q is not a %s", text, typeName(v))
	}
	return nil
}

// splitList splits at commas. An empty text is an empty list.
func splitList(text string) []string {
	if strings.TrimSpace(text) == "" {
		return []string{}
	}
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// typeName is what people call the type of a setting.
func typeName(v reflect.Value) string {
	switch {
	case v.Type() == reflect.TypeFor[Bytes]():
		return "size"
	case v.Type() == reflect.TypeFor[time.Duration]():
		return "duration"
	case unmarshaler(v) != nil:
		return "text"
	case isList(v):
		return "list"
	case v.Kind() == reflect.String, v.Kind() == reflect.Bool:
		return v.Kind().String()
	case v.CanFloat():
		return "number"
	case v.CanUint():
		return "whole number from 0"
	default:
		return "whole number"
	}
}

// text is the setting's value as a flag would have it.
func (f *field) text() string {
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](f.value); ok {
		if text, err := m.MarshalText(); err == nil {
			return string(text)
		}
	}
	if isList(f.value) {
		return strings.Join(f.value.Interface().([]string), ",")
	}
	return fmt.Sprint(f.value.Interface())
}
