package load

import (
	"math/rand/v2"
	"time"
)

// The entries of the load: so many applications with so many hosts each write
// over this time.
const (
	LogApplications = 10
	LogHosts        = 5
	LogSpan         = 30 * time.Minute

	logSeed = 42
)

// LogLevels are the levels of the load, from the lowest to the gravest.
var LogLevels = [...]string{"debug", "info", "warn", "error"}

// logShares are those of the levels, in percent.
var logShares = [...]int{18, 70, 8, 4}

// LogEntry is an entry of the load.
type LogEntry struct {
	Application, Level string
	// Timestamp in Unix nanoseconds.
	Timestamp int64
	// Host and RequestID travel as the fields `host` and `request_id`.
	Host, RequestID string
	Message         string
}

// Logs makes the entries that benchmarks send: evenly spread over [LogSpan],
// each of a random application and one of its hosts. The same end and count
// yield the same entries on every machine.
type Logs struct {
	random *rand.Rand
	// timestamp of the next entry in Unix nanoseconds, and step to the one after
	// it.
	timestamp, step int64
	hosts           [LogApplications][LogHosts]string
	scratch         []byte
}

// NewLogs begins count entries, of which the last one is at end. There may be
// as many as LogSpan has nanoseconds.
func NewLogs(end time.Time, count int) *Logs {
	step := LogSpan.Nanoseconds() / int64(count)
	return &Logs{
		random:    rand.New(rand.NewPCG(logSeed, 0)), //nolint:gosec // a load that can be repeated
		timestamp: end.UnixNano() - int64(count-1)*step, step: step, hosts: logHosts(),
	}
}

// Next returns the next entry.
func (l *Logs) Next() LogEntry {
	application, level := l.random.IntN(LogApplications), l.level()
	entry := LogEntry{
		Application: logApplications[application], Level: LogLevels[level], Timestamp: l.timestamp,
		Host: pick(l, l.hosts[application][:]), RequestID: l.requestID(), Message: l.message(level),
	}
	l.timestamp += l.step
	return entry
}

// level draws a level by the shares.
func (l *Logs) level() int {
	drawn := l.random.IntN(100)
	for level, share := range logShares {
		if drawn -= share; drawn < 0 {
			return level
		}
	}
	panic("the shares are not 100 percent")
}
