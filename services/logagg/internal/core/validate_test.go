package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// good is an entry without a fault, changed.
func good(change func(e *entry.Entry)) *entry.Entry {
	e := &entry.Entry{
		Application: "orders", Timestamp: now.UnixNano(), Message: "ready", Fields: []entry.Field{{Name: "host", Value: "a"}},
	}
	change(e)
	return e
}

func fields(count int) []entry.Field {
	all := make([]entry.Field, count)
	for i := range all {
		all[i].Name = fmt.Sprintf("f%d", i)
	}
	return all
}

func TestEachFaultIsFoundAndExplained(t *testing.T) {
	limits := core.DefaultLimits()
	limits.Retention = func(tenant string) time.Duration {
		require.Equal(t, "acme", tenant)
		return 24 * time.Hour
	}
	rules := limits.Rules("acme", now)
	for _, tt := range []struct {
		name   string
		change func(e *entry.Entry)
		reason string
		field  string
		words  string
	}{
		{"none", func(*entry.Entry) {}, "UNSPECIFIED", "", ""},
		{"no message but fields", func(e *entry.Entry) { e.Message = "" }, "UNSPECIFIED", "", ""},
		{"largest", func(e *entry.Entry) {
			e.Application, e.LevelText = strings.Repeat("a", 255), strings.Repeat("l", 32)
			e.Message, e.Fields = strings.Repeat("m", 256<<10), fields(128)
			e.Fields[127] = entry.Field{Name: strings.Repeat("n", 128), Value: strings.Repeat("v", 32<<10)}
		}, "UNSPECIFIED", "", ""},
		{"no application", func(e *entry.Entry) { e.Application = "" }, "APPLICATION_INVALID", "application", "is empty; name the application"},
		{"long application", func(e *entry.Entry) { e.Application = strings.Repeat("a", 256) }, "APPLICATION_INVALID", "application", "has 256 bytes; at most 255"},
		{"space", func(e *entry.Entry) { e.Application = "my app" }, "APPLICATION_INVALID", "application", "use letters, digits and _ . : / @ -"},
		{"begins", func(e *entry.Entry) { e.Application = "-app" }, "APPLICATION_INVALID", "application", "does not begin with a letter or digit"},
		{"no time", func(e *entry.Entry) { e.Timestamp = 0 }, "TIMESTAMP_INVALID", "timestamp", "is missing"},
		{"milliseconds", func(e *entry.Entry) { e.Timestamp /= 1e6 }, "TIMESTAMP_UNIT", "timestamp", "is in milliseconds"},
		{"old", func(e *entry.Entry) { e.Timestamp -= int64(25 * time.Hour) }, "TIMESTAMP_TOO_OLD", "timestamp", "retention of 24h"},
		{"future", func(e *entry.Entry) { e.Timestamp += int64(time.Hour) }, "TIMESTAMP_IN_FUTURE", "timestamp", "1h0m0s ahead"},
		{"long level", func(e *entry.Entry) { e.LevelText = strings.Repeat("l", 33) }, "LEVEL_INVALID", "level", "has 33 bytes; at most 32"},
		{"nothing", func(e *entry.Entry) { e.Message, e.Fields = "", nil }, "EMPTY", "message", "give one of them"},
		{"long message", func(e *entry.Entry) { e.Message = strings.Repeat("m", 256<<10+1) }, "MESSAGE_TOO_LONG", "message", "has 262145 bytes"},
		{"many fields", func(e *entry.Entry) { e.Fields = fields(129) }, "TOO_MANY_FIELDS", "fields", "has 129 fields; at most 128"},
		{"no name", func(e *entry.Entry) { e.Fields[0].Name = "" }, "FIELD_NAME_INVALID", "fields", "field 1 of 1 has an empty name"},
		{"odd name", func(e *entry.Entry) { e.Fields[0].Name = "a b" }, "FIELD_NAME_INVALID", "fields", "has characters in its name"},
		{"long name", func(e *entry.Entry) { e.Fields[0].Name = strings.Repeat("n", 129) }, "FIELD_NAME_INVALID", "fields", "has a name of 129 bytes"},
		{"long value", func(e *entry.Entry) { e.Fields[0].Value = strings.Repeat("v", 32<<10+1) }, "FIELD_VALUE_TOO_LONG", "fields", "has a value of 32769 bytes"},
		{"the first one counts", func(e *entry.Entry) { e.Application, e.Timestamp = "", 0 }, "APPLICATION_INVALID", "application", "is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := good(tt.change)
			reason := rules.Check(e)
			require.Equal(t, "LOG_ERROR_REASON_"+tt.reason, reason.String())
			if reason == logaggv1.LogErrorReason_LOG_ERROR_REASON_UNSPECIFIED {
				return
			}
			told := rules.Explain(7, 3, e, reason)
			require.Equal(t, int64(7), told.GetSequence())
			require.Equal(t, int32(3), told.GetIndex())
			require.Equal(t, tt.field, told.GetField())
			require.Contains(t, told.GetDescription(), tt.words)
		})
	}
}

// What a receipt says is kept in the journal, so it must not quote what nobody
// has redacted.
func TestARejectionQuotesNothing(t *testing.T) {
	const secret = "hunter2-hunter2"
	limits := core.DefaultLimits()
	rules := limits.Rules("acme", now)
	for _, change := range []func(e *entry.Entry){
		func(e *entry.Entry) { e.Application = secret + " " },
		func(e *entry.Entry) { e.LevelText = secret + strings.Repeat("l", 32) },
		func(e *entry.Entry) { e.Message = secret + strings.Repeat("m", 256<<10) },
		func(e *entry.Entry) { e.Fields[0].Name = secret + " " },
		func(e *entry.Entry) { e.Fields[0].Value = secret + strings.Repeat("v", 32<<10) },
	} {
		e := good(change)
		reason := rules.Check(e)
		require.NotEqual(t, logaggv1.LogErrorReason_LOG_ERROR_REASON_UNSPECIFIED, reason)
		require.NotContains(t, rules.Explain(1, 0, e, reason).String(), "hunter2")
	}
}
