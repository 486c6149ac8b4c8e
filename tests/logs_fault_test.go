package tests

import (
	"fmt"
	"strings"
	"time"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

type logReason = logaggv1.LogErrorReason

// logFault makes a good entry one that is rejected.
type logFault struct {
	name   string
	spoil  func(*logEntry)
	reason logReason
	field  string
}

// logFaults are those that every server finds, whatever its settings.
func logFaults() []logFault {
	const (
		application = logaggv1.LogErrorReason_LOG_ERROR_REASON_APPLICATION_INVALID
		invalid     = logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_INVALID
		unit        = logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_UNIT
		future      = logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_IN_FUTURE
		level       = logaggv1.LogErrorReason_LOG_ERROR_REASON_LEVEL_INVALID
		empty       = logaggv1.LogErrorReason_LOG_ERROR_REASON_EMPTY
		tooLong     = logaggv1.LogErrorReason_LOG_ERROR_REASON_MESSAGE_TOO_LONG
		fields      = logaggv1.LogErrorReason_LOG_ERROR_REASON_TOO_MANY_FIELDS
		fieldName   = logaggv1.LogErrorReason_LOG_ERROR_REASON_FIELD_NAME_INVALID
		fieldValue  = logaggv1.LogErrorReason_LOG_ERROR_REASON_FIELD_VALUE_TOO_LONG
	)
	return []logFault{
		{"no_application", setApplication(""), application, "application"},
		{"application_with_space", setApplication("a b"), application, "application"},
		{"application_begins_with_dash", setApplication("-a"), application, "application"},
		{"application_with_umlaut", setApplication("ä"), application, "application"},
		{"long_application", setApplication(strings.Repeat("a", 256)), application, "application"},
		{"no_time", setLogTime(0), invalid, "timestamp"},
		{"before_1970", setLogTime(-1), invalid, "timestamp"},
		{"seconds", setLogTime(1_750_000_000), unit, "timestamp"},
		{"milliseconds", setLogTime(1_750_000_000_000), unit, "timestamp"},
		{"microseconds", setLogTime(1_750_000_000_000_000), unit, "timestamp"},
		{"in_an_hour", func(e *logEntry) { e.Timestamp = time.Now().Add(time.Hour).UnixNano() }, future, "timestamp"},
		{"long_level", func(e *logEntry) { e.Level = strings.Repeat("l", 33) }, level, "level"},
		{"nothing_said", func(e *logEntry) { e.Message, e.Fields = "", nil }, empty, "message"},
		{"long_message", func(e *logEntry) { e.Message = strings.Repeat("m", 256<<10+1) }, tooLong, "message"},
		{"many_fields", manyFields(129), fields, "fields"},
		{"field_without_name", setField("", "x"), fieldName, "fields"},
		{"field_name_with_space", setField("a b", "x"), fieldName, "fields"},
		{"long_field_name", setField(strings.Repeat("f", 129), "x"), fieldName, "fields"},
		{"long_field_value", setField("f", strings.Repeat("v", 32<<10+1)), fieldValue, "fields"},
	}
}

func setApplication(name string) func(*logEntry) {
	return func(e *logEntry) { e.Application = name }
}

func setLogTime(timestamp int64) func(*logEntry) {
	return func(e *logEntry) { e.Timestamp = timestamp }
}

func setField(name, value string) func(*logEntry) {
	return func(e *logEntry) { e.Fields = map[string]string{name: value} }
}

func manyFields(count int) func(*logEntry) {
	return func(e *logEntry) {
		e.Fields = map[string]string{}
		for i := range count {
			e.Fields[fmt.Sprintf("f%d", i)] = "x"
		}
	}
}
