package demo

import (
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

// logFlaw makes a good entry bad.
type logFlaw struct {
	reason string
	count  int
	spoil  func(e *client.LogEntry)
}

// logFlaws are 12 in all.
func logFlaws() []logFlaw {
	return []logFlaw{
		{"APPLICATION_INVALID", 3, func(e *client.LogEntry) { e.Application = "" }},
		{"TIMESTAMP_UNIT", 3, func(e *client.LogEntry) { e.Time = time.Unix(0, e.Time.Unix()) }},
		{"TIMESTAMP_IN_FUTURE", 2, func(e *client.LogEntry) { e.Time = e.Time.Add(24 * time.Hour) }},
		{"LEVEL_INVALID", 1, func(e *client.LogEntry) { e.Level = strings.Repeat("very ", 8) + "grave" }},
		{"EMPTY", 2, func(e *client.LogEntry) { e.Message, e.Fields = "", nil }},
		{"FIELD_NAME_INVALID", 1, func(e *client.LogEntry) { e.Fields["request id"] = "1" }},
	}
}
