package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

const (
	redactedMark = "[redacted:"
	hashMark     = ":hmac-sha256:"
	hashBytes    = 8
)

// mostRounds bounds how often a text is looked at that changed.
const mostRounds = 4

// settled returns the text without its secrets, and whether one was dropped.
// What is left may read in another way than before, so it is looked at again by
// the detectors until nothing is found; but not where a value is gone and what
// follows would be taken for it.
func (s *scan) settled(hit func(rule int)) (result string, dropped bool) {
	result, dropped = s.replace(hit)
	for round := 1; round < mostRounds && result != s.text && !dropped; round++ {
		*s = scan{r: s.r, text: result, id: s.id}
		s.detect()
		result, dropped = s.replace(hit)
	}
	return result, dropped
}

// replace returns the text without what was found, and whether some of that was
// dropped.
func (s *scan) replace(hit func(rule int)) (result string, dropped bool) {
	s.forgetMarks()
	if len(s.spans) == 0 {
		return s.text, false
	}
	var b strings.Builder
	b.Grow(len(s.text) + 32)
	from := 0
	for _, f := range s.merge() {
		b.WriteString(s.text[from:f.start])
		b.WriteString(s.r.instead(f.rule, s.text[f.start:f.end]))
		from = f.end
		dropped = dropped || s.r.rules[f.rule].action == Drop
		hit(f.rule)
	}
	b.WriteString(s.text[from:])
	return b.String(), dropped
}

// instead returns what stands in a secret's place.
func (r *Redactor) instead(i int, secret string) string {
	rule := &r.rules[i]
	switch rule.action {
	case Hash:
		if i == r.of[card] {
			secret = digitsOf(secret)
		}
		h := hmac.New(sha256.New, r.hashKey)
		h.Write([]byte(secret))
		return "[" + rule.name + hashMark + hex.EncodeToString(h.Sum(nil)[:hashBytes]) + "]"
	case Drop:
		return ""
	default:
		return redactedMark + rule.name + "]"
	}
}

// digitsOf leaves out what groups the digits of a number.
func digitsOf(number string) string {
	number = strings.ReplaceAll(number, "%20", "")
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, number)
}

// markEnd returns the end of the mark at i that an earlier redaction left.
func (s *scan) markEnd(i int) (int, bool) {
	if s.at(i) != '[' {
		return 0, false
	}
	const longest = len(redactedMark) + len(hashMark) + 64 + 2*hashBytes
	end := strings.IndexByte(s.text[i:min(len(s.text), i+longest)], ']')
	if end < 0 {
		return 0, false
	}
	mark := s.text[i : i+end]
	if name, ok := strings.CutPrefix(mark, redactedMark); ok {
		return i + end + 1, s.r.marks[name]
	}
	name, digits, ok := strings.Cut(mark[1:], hashMark)
	return i + end + 1, ok && s.r.marks[name] && isHash(digits)
}

func isHash(digits string) bool {
	for i := range len(digits) {
		if !is(digits[i], hexBit) {
			return false
		}
	}
	return len(digits) == 2*hashBytes
}

// forgetMarks forgets the finds inside of marks.
func (s *scan) forgetMarks() {
	marks := s.findMarks()
	if len(marks) == 0 {
		return
	}
	s.spans = slices.DeleteFunc(s.spans, func(f span) bool {
		next, _ := slices.BinarySearchFunc(marks, f.start+1, func(m span, start int) int { return m.start - start })
		return next > 0 && f.end <= marks[next-1].end
	})
}

func (s *scan) findMarks() (marks []span) {
	if len(s.spans) == 0 {
		return nil
	}
	for i := 0; i < len(s.text); i++ {
		next := strings.IndexByte(s.text[i:], '[')
		if next < 0 {
			break
		}
		i += next
		if end, ok := s.markEnd(i); ok {
			marks = append(marks, span{start: i, end: end})
			i = end - 1
		}
	}
	return marks
}
