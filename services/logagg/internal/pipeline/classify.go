package pipeline

import "github.com/sluice-ingest/sluice/services/logagg/internal/entry"

// classify gives the entry the category of the first rule that hits it.
func (r *Runner) classify(e *entry.Entry) {
	for i := range r.pipeline.file.Classify {
		rule, place := &r.pipeline.file.Classify[i], r.pipeline.classify+i
		if r.holds(rule.When, place) {
			r.hit(place)
			e.Category = rule.Category
			return
		}
	}
}
