package redact

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// span is a find.
type span struct {
	start, end int
	rule       int
	// width of the widest find in it, which gave the rule.
	width int
}

// found takes a find of a detector, if that is switched on.
func (s *scan) found(d detector, start, end int) {
	if rule := s.r.of[d]; rule >= 0 {
		s.add(rule, start, end)
	}
}

func (s *scan) add(rule, start, end int) {
	if start < end {
		s.spans = append(s.spans, span{start: start, end: end, rule: rule, width: end - start})
	}
}

// merge brings the finds into order, without overlaps.
func (s *scan) merge() []span {
	for i := range s.spans {
		s.wholeRunes(&s.spans[i])
	}
	slices.SortFunc(s.spans, func(a, b span) int {
		return cmp.Or(a.start-b.start, b.end-a.end, a.rule-b.rule)
	})
	merged := s.spans[:0]
	for _, next := range s.spans {
		if len(merged) == 0 || merged[len(merged)-1].end <= next.start {
			merged = append(merged, next)
			continue
		}
		last := &merged[len(merged)-1]
		last.end = max(last.end, next.end)
		if next.width > last.width || next.width == last.width && next.rule < last.rule {
			last.rule, last.width = next.rule, next.width
		}
	}
	return merged
}

// wholeRunes widens a find that begins or ends inside a character, so that valid
// UTF-8 stays valid.
func (s *scan) wholeRunes(f *span) {
	for n := 0; n < utf8.UTFMax && f.start > 0 && !utf8.RuneStart(s.text[f.start]); n++ {
		f.start--
	}
	for n := 0; n < utf8.UTFMax && f.end < len(s.text) && !utf8.RuneStart(s.text[f.end]); n++ {
		f.end++
	}
}
