package entry

import logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"

// Level is the one scale of levels; its numbers are the schema's, and greater is
// graver.
type Level int32

// The levels.
const (
	Unspecified = Level(logaggv1.Level_LEVEL_UNSPECIFIED)
	Trace       = Level(logaggv1.Level_LEVEL_TRACE)
	Debug       = Level(logaggv1.Level_LEVEL_DEBUG)
	Info        = Level(logaggv1.Level_LEVEL_INFO)
	Warn        = Level(logaggv1.Level_LEVEL_WARN)
	Error       = Level(logaggv1.Level_LEVEL_ERROR)
	Fatal       = Level(logaggv1.Level_LEVEL_FATAL)
)
