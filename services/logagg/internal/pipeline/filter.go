package pipeline

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/rules"
)

// filter tells whether the entry is kept: the first rule that hits it decides.
func (r *Runner) filter(e *entry.Entry) bool {
	for i := range r.pipeline.file.Filter {
		rule, place := &r.pipeline.file.Filter[i], r.pipeline.filter+i
		if !r.holds(rule.When, place) {
			continue
		}
		keep, ok := r.decide(e, rule)
		if !ok {
			r.Failures[place]++
			continue
		}
		r.hit(place)
		return keep
	}
	return true
}

// decide tells what a rule that hits decides. ok is false when its expression
// fails.
func (r *Runner) decide(e *entry.Entry, rule *rules.Filter) (keep, ok bool) {
	if rule.Action != rules.Sample {
		return rule.Action == rules.Keep, true
	}
	if rule.By == nil {
		return sampled(entryHash(e), rule.Rate), true
	}
	text, ok := rule.By.Value(&r.vars)
	return sampled(xxhash.Sum64String(text), rule.Rate), ok
}

// sampled tells whether a hash belongs to the share that is kept.
func sampled(hash uint64, rate float64) bool {
	const fraction = 53 // bits of a float64
	return float64(hash>>(64-fraction)) < rate*(1<<fraction)
}

// entryHash is the same for the same entry, at all times and on all servers.
func entryHash(e *entry.Entry) uint64 {
	var digest xxhash.Digest
	digest.Reset()
	_, _ = digest.WriteString(e.Application)
	var timestamp [9]byte // A byte of 0 ends the application.
	binary.LittleEndian.PutUint64(timestamp[1:], uint64(e.Timestamp))
	_, _ = digest.Write(timestamp[:])
	_, _ = digest.WriteString(e.Message)
	return digest.Sum64()
}
