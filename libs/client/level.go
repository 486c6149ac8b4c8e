package client

import (
	"fmt"
	"strings"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// Level is the one scale that the server brings the levels of entries to. A
// greater one is graver.
type Level int32

// The levels, numbered as in the OpenTelemetry log data model.
const (
	// LevelUnspecified: the entry had no level, or one that is not known.
	LevelUnspecified = Level(logaggv1.Level_LEVEL_UNSPECIFIED)
	// LevelTrace is finer than debug.
	LevelTrace = Level(logaggv1.Level_LEVEL_TRACE)
	// LevelDebug is for finding faults.
	LevelDebug = Level(logaggv1.Level_LEVEL_DEBUG)
	// LevelInfo: what goes on as it should.
	LevelInfo = Level(logaggv1.Level_LEVEL_INFO)
	// LevelWarn: something to look at.
	LevelWarn = Level(logaggv1.Level_LEVEL_WARN)
	// LevelError: something failed.
	LevelError = Level(logaggv1.Level_LEVEL_ERROR)
	// LevelFatal: a whole service is in danger or down.
	LevelFatal = Level(logaggv1.Level_LEVEL_FATAL)
)

const levelPrefix = "LEVEL_"

// String returns the level in lower case, such as "warn", or "unspecified".
func (l Level) String() string { return enumName(logaggv1.Level(l), levelPrefix) }

// ParseLevel returns the level that [Level.String] names so, in any case.
func ParseLevel(name string) (Level, error) {
	if number, known := logaggv1.Level_value[levelPrefix+strings.ToUpper(name)]; known {
		return Level(number), nil
	}
	return LevelUnspecified, fmt.Errorf("level %q is none of trace, debug, info, warn, error and fatal", name)
}

// enumName is the name of a generated value in lower case without its prefix.
// One that is not known is its number.
func enumName(value fmt.Stringer, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(value.String(), prefix))
}
