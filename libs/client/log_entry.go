package client

import (
	"math"
	"time"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// LogEntry is what an application logged at one moment, on its way in. The
// server rejects an entry whose values are not as described, and counts it.
type LogEntry struct {
	// Application that wrote the entry: 1 to 255 bytes of letters, digits and
	// "_.:/@-", beginning with a letter or digit.
	Application string
	// Level is a name in any case, such as "warn" or "NOTICE", or a number on the
	// scale that the server's rules name. Empty: the server looks for it in the
	// message.
	Level string
	// Time at which the entry was written. It is sent in nanoseconds since 1970;
	// what those can't say becomes the nearest that they can.
	Time time.Time
	// Message of at most 256 KiB, of several lines if need be. May be empty when
	// there are fields.
	Message string
	// Fields say more by name: at most 128, names of 1 to 128 letters, digits and
	// "_.:/@-", values of at most 32 KiB.
	Fields map[string]string
}

// LogRecord is an entry as it was indexed: after the server's rules.
type LogRecord struct {
	// ID numbers the entries of a server in the order in which they were
	// accepted. 0 where nothing is stored.
	ID          int64
	Application string
	Level       Level
	// Time in UTC.
	Time    time.Time
	Message string
	// Fields belong to the caller.
	Fields map[string]string
	// Category that the rules gave. Empty: none.
	Category string
	// Redacted tells whether something was taken out.
	Redacted bool
}

func newLogRecord(r *logaggv1.LogRecord) LogRecord {
	return LogRecord{
		ID: r.GetEntryId(), Application: r.GetApplication(), Level: Level(r.GetLevel()),
		Time: fromUnixNano(r.GetTimestamp()), Message: r.GetMessage(), Fields: r.GetFields(),
		Category: r.GetCategory(), Redacted: r.GetRedacted(),
	}
}

// encoded returns the entry as a message, and an empty one for nil.
func (e *LogEntry) encoded() *logaggv1.LogEntry {
	if e == nil {
		return &logaggv1.LogEntry{}
	}
	return &logaggv1.LogEntry{
		Application: e.Application, Level: e.Level, Timestamp: unixNano(e.Time), Message: e.Message, Fields: e.Fields,
	}
}

// unixNano returns a time in nanoseconds since 1970: 0 for the zero time, and
// the nearest number for one before the year 1678 or after 2262.
func unixNano(t time.Time) int64 {
	const limit = math.MaxInt64 / int64(time.Second)
	switch seconds := t.Unix(); {
	case t.IsZero():
		return 0
	case seconds >= limit:
		return math.MaxInt64
	case seconds < -limit:
		return math.MinInt64
	default:
		return t.UnixNano()
	}
}

func fromUnixNano(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }
