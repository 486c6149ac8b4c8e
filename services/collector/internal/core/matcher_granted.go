package core

import (
	"slices"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// Confine adds to matchers that the source has to be granted, so that all other
// series are as if they were not there. The matchers of a request stay as they
// are.
func Confine(matchers []Matcher, sources principal.Patterns) []Matcher {
	if sources.Unlimited() {
		return matchers
	}
	granted := Matcher{target: collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, granted: sources}
	return append(slices.Clip(matchers), granted)
}
