package core

import (
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// fate is what becomes of an entry.
type fate int

const (
	indexed fate = iota
	filtered
	rejected
)

// process brings an entry before the limits and then the rules. reason is that
// of a rejection.
func process(e *entry.Entry, limits *Rules, runner *pipeline.Runner) (became fate, reason logaggv1.LogErrorReason) {
	if reason := limits.Check(e); reason != noReason {
		return rejected, reason
	}
	if !runner.Run(e) {
		return filtered, noReason
	}
	if reason := checkGrown(e); reason != noReason {
		return rejected, reason
	}
	return indexed, noReason
}
