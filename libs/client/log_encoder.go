package client

import (
	"fmt"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of LogEntry.
const (
	fieldApplication  protowire.Number = 1
	fieldLevel        protowire.Number = 2
	fieldLogTimestamp protowire.Number = 3
	fieldMessage      protowire.Number = 4
	fieldFields       protowire.Number = 5
)

// logEncoder encodes entries as the deterministic standard encoder does: fields
// stand in the order of their names. It keeps the names of the last entry's
// fields, since the next one mostly has the same. It is not safe for concurrent
// use. Its errors quote neither messages nor the values of fields: they may be
// secret.
type logEncoder struct {
	fields names
}

func (e *logEncoder) encode(b []byte, entry *LogEntry) (_ []byte, err error) {
	if entry == nil {
		return b, errNil
	}
	if b, err = appendText(b, fieldApplication, entry.Application); err != nil {
		return b, fmt.Errorf("application %w", err)
	}
	if b, err = appendText(b, fieldLevel, entry.Level); err != nil {
		return b, fmt.Errorf("level %w", err)
	}
	if timestamp := unixNano(entry.Time); timestamp != 0 {
		b = protowire.AppendTag(b, fieldLogTimestamp, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(timestamp))
	}
	if b, err = appendText(b, fieldMessage, entry.Message); err != nil {
		return b, fmt.Errorf("message %w", err)
	}
	if b, err = appendTexts(b, fieldFields, entry.Fields, &e.fields); err != nil {
		return b, fmt.Errorf("field %w", err)
	}
	return b, nil
}

func (e *logEncoder) refuse(entry *LogEntry, place int64, why error) error {
	if entry == nil {
		entry = &LogEntry{}
	}
	return fmt.Errorf("%w: entry %d, of application %.100q at %s: %w",
		ErrEntryRefused, place, entry.Application, entry.Time.Format(time.RFC3339Nano), why)
}

// appendText appends a text as a field, and nothing for an empty one.
func appendText(b []byte, field protowire.Number, text string) ([]byte, error) {
	if text == "" {
		return b, nil
	}
	if !utf8.ValidString(text) {
		return b, errNotUTF8
	}
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendString(b, text), nil
}
