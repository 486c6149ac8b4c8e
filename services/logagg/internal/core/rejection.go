package core

import (
	"fmt"
	"slices"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Explain tells why an entry was rejected, for the frame with the sequence. It
// quotes nothing of the entry but numbers: what it says is kept with the
// receipt, and was not redacted.
func (r *Rules) Explain(sequence int64, index int, e *entry.Entry, reason logaggv1.LogErrorReason) *logaggv1.LogError {
	field, description := r.words(e, reason)
	return &logaggv1.LogError{
		Sequence: sequence, Index: int32(index), Field: field, Reason: reason, Description: description,
	}
}

func (r *Rules) words(e *entry.Entry, reason logaggv1.LogErrorReason) (field, description string) {
	switch reason {
	case applicationInvalid:
		return "application", applicationWords(e.Application)
	case permissionDenied:
		return "application", "is not among the applications that these credentials may write; " +
			"use other credentials, or have the application granted"
	case levelInvalid:
		return "level", tooLong(len(e.LevelText), maxLevelBytes)
	case entryEmpty:
		return "message", "is empty, and there are no fields; give one of them"
	case messageTooLong:
		return "message", tooLong(len(e.Message), maxMessageBytes) + ": cut it, or send it in several entries"
	case tooManyFields:
		return "fields", fmt.Sprintf("has %d fields; at most %d are accepted", len(e.Fields), maxFields)
	case fieldNameInvalid:
		return "fields", nameWords(e.Fields)
	case fieldValueTooLong:
		return "fields", valueWords(e.Fields)
	default:
		return "timestamp", r.timestamps.Explain(e.Timestamp, r.timestamps.Check(e.Timestamp))
	}
}

func tooLong(bytes, most int) string {
	return fmt.Sprintf("has %d bytes; at most %d are accepted", bytes, most)
}

func applicationWords(name string) string {
	switch {
	case name == "":
		return "is empty; name the application that wrote the entry"
	case len(name) > entry.MaxApplicationBytes:
		return tooLong(len(name), entry.MaxApplicationBytes)
	case !entry.BeginsName(name[0]):
		return "does not begin with a letter or digit"
	default:
		return "has characters that are not accepted; use letters, digits and _ . : / @ -"
	}
}

func nameWords(fields []entry.Field) string {
	place, _ := fieldFault(fields)
	which, name := whichField(place, fields), fields[place].Name
	switch {
	case name == "":
		return which + "has an empty name"
	case len(name) > entry.MaxFieldNameBytes:
		return which + "has a name of " + fmt.Sprintf("%d bytes; at most %d are accepted", len(name), entry.MaxFieldNameBytes)
	default:
		return which + "has characters in its name that are not accepted; use letters, digits and _ . : / @ -"
	}
}

// valueWords are about a value that was too long when it was sent, or is after
// redaction.
func valueWords(fields []entry.Field) string {
	place := slices.IndexFunc(fields, func(f entry.Field) bool { return len(f.Value) > maxFieldValueBytes })
	return whichField(place, fields) +
		fmt.Sprintf("has a value of %d bytes; at most %d are accepted", len(fields[place].Value), maxFieldValueBytes)
}

func whichField(place int, fields []entry.Field) string {
	return fmt.Sprintf("field %d of %d ", place+1, len(fields))
}
