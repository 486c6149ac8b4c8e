package core

import (
	"slices"
	"unique"
)

// Select returns the tenant's series that all the matchers match, in ascending
// order. A matcher for one source spares it looking at the others.
func (x *Index) Select(tenant string, matchers []Matcher) []SeriesID {
	s := selection{known: map[unique.Handle[string]]bool{}}
	var source *string
	for i := range matchers {
		if m := &matchers[i]; m.onMetric() {
			s.ofMetrics = append(s.ofMetrics, m)
		} else {
			s.ofFamilies = append(s.ofFamilies, m)
		}
		if matchers[i].isOneSource() {
			source = &matchers[i].Value
		}
	}
	for _, f := range x.candidates(tenant, source) {
		if s.matchesFamily(f) {
			s.appendOf(f, x.shardOf(f.hash))
		}
	}
	slices.Sort(s.ids)
	return s.ids
}

// selection is a Select at work.
type selection struct {
	ofFamilies []*Matcher
	ofMetrics  []*Matcher
	// known has what the matchers say to a metric.
	known map[unique.Handle[string]]bool
	ids   []SeriesID
}

func (s *selection) matchesFamily(f *family) bool {
	for _, m := range s.ofFamilies {
		if !m.Matches(m.textOf(f)) {
			return false
		}
	}
	return true
}

// appendOf appends the family's series whose metrics match.
func (s *selection) appendOf(f *family, shard *indexShard) {
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	if len(s.ofMetrics) == 0 {
		s.ids = append(s.ids, f.ids...)
		return
	}
	for i, name := range f.names {
		if s.matchesMetric(name) {
			s.ids = append(s.ids, f.ids[i])
		}
	}
}

func (s *selection) matchesMetric(name unique.Handle[string]) bool {
	matches, known := s.known[name]
	if !known {
		matches = true
		for _, m := range s.ofMetrics {
			matches = matches && m.Matches(name.Value())
		}
		s.known[name] = matches
	}
	return matches
}
