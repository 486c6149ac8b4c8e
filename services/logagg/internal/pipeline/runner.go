package pipeline

import (
	"slices"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/condition"
)

// Runner brings entries through a pipeline. It belongs to one goroutine.
type Runner struct {
	// Counts are how many entries each rule of [Pipeline.Rules] has hit since
	// the Runner was made.
	Counts []int64
	// Failures are how many entries the expressions of each rule have failed for,
	// such as int("x"): the rule then did not hit, and a field that it was to set
	// was left out.
	Failures []int64
	// Hits are the rules that hit the last entry, in their order.
	Hits []int

	pipeline *Pipeline
	vars     condition.Vars
	// added is the length of the values that enriching has set, in bytes.
	added int
	// ended, when it is closed, ends the rules; or nil.
	ended <-chan struct{}
	// onRedact takes a hit of the redactor; it is made once.
	onRedact func(rule int)
}

// Runner returns a runner with counts of zero.
func (p *Pipeline) Runner() *Runner {
	r := &Runner{
		Counts:   make([]int64, len(p.rules)),
		Failures: make([]int64, len(p.rules)),
		pipeline: p,
	}
	r.onRedact = func(rule int) { r.hit(p.redact + rule) }
	return r
}

// Until has the rules end once ended is closed, within the one that is being
// looked at: what Run returns then counts for nothing. It is for rules that may
// take long.
func (r *Runner) Until(ended <-chan struct{}) { r.ended = ended }

// over tells whether the rules have ended.
func (r *Runner) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// Run brings an entry through the rules and tells whether it is kept. It changes
// the entry's Level, Message, Fields, Category and Redacted; Fields may have to
// grow. It keeps no reference to the entry. An entry that is not kept may have
// been normalised, and has not been redacted.
func (r *Runner) Run(e *entry.Entry) (kept bool) {
	r.Hits = r.Hits[:0]
	r.vars.Set(e)
	defer r.vars.Set(nil)
	r.normalise(e)
	if !r.filter(e) {
		return false
	}
	r.redact(e)
	r.vars.Set(e)
	r.classify(e)
	r.enrich(e)
	slices.Sort(r.Hits) // The redactor tells its hits in the order of the text.
	return true
}

// hit counts a rule that hit the entry, once.
func (r *Runner) hit(rule int) {
	if slices.Contains(r.Hits, rule) {
		return
	}
	r.Hits = append(r.Hits, rule)
	r.Counts[rule]++
}

// holds tells whether a rule's condition holds; no condition always does.
func (r *Runner) holds(when *condition.Condition, rule int) bool {
	if r.over() {
		return false
	}
	if when == nil {
		return true
	}
	holds, ok := when.Holds(&r.vars)
	if !ok {
		r.Failures[rule]++
	}
	return holds && ok
}
