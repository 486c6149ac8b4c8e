package level

import "github.com/sluice-ingest/sluice/services/logagg/internal/entry"

// Scale is what the numbers of levels mean.
type Scale int

// The scales.
const (
	Syslog Scale = iota // RFC 5424: 0 (emergency) to 7 (debug).
	OTel                // OpenTelemetry: 1 (trace) to 24 (fatal).
	Python              // logging: 0 (not set) to 50 (critical).
	Pino                // pino and bunyan: 10 (trace) to 60 (fatal).
)

// Scales are the names of the scales, in their order.
func Scales() []string { return []string{"syslog", "otel", "python", "pino"} }

// step is the lowest number of a level, on an ascending scale.
type step struct {
	from  int
	level entry.Level
}

var ascending = map[Scale][]step{
	OTel:   {{21, entry.Fatal}, {17, entry.Error}, {13, entry.Warn}, {9, entry.Info}, {5, entry.Debug}, {1, entry.Trace}, {0, entry.Unspecified}},
	Python: {{50, entry.Fatal}, {40, entry.Error}, {30, entry.Warn}, {20, entry.Info}, {10, entry.Debug}, {1, entry.Trace}, {0, entry.Unspecified}},
	Pino:   {{60, entry.Fatal}, {50, entry.Error}, {40, entry.Warn}, {30, entry.Info}, {20, entry.Debug}, {10, entry.Trace}},
}

var highest = map[Scale]int{Syslog: 7, OTel: 24, Python: 50, Pino: 60}

// level returns what a number of the scale means. A number between two levels
// is the lower one.
func (s Scale) level(number int) (entry.Level, bool) {
	if number < 0 || number > highest[s] {
		return entry.Unspecified, false
	}
	if s == Syslog {
		return severity(number), true
	}
	for _, step := range ascending[s] {
		if number >= step.from {
			return step.level, true
		}
	}
	return entry.Unspecified, false
}

// severity returns the level of a severity of RFC 5424, 0 to 7.
func severity(n int) entry.Level {
	switch {
	case n <= 2:
		return entry.Fatal
	case n == 3:
		return entry.Error
	case n == 4:
		return entry.Warn
	case n <= 6:
		return entry.Info
	default:
		return entry.Debug
	}
}

// number reads up to three digits. ok is false for anything else.
func number(text []byte) (n int, ok bool) {
	if len(text) == 0 || len(text) > 3 {
		return 0, false
	}
	for _, c := range text {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
