package redact

import "strings"

// farthestTag is how far back the beginning of a tag is looked for.
const farthestTag = 256

// lookAtTag looks for the text of an element, such as `<password>secret<`, from
// the bracket at i.
func (s *scan) lookAtTag(i int) {
	if !s.is(i-1, word|quote) || i < s.pairsFrom {
		return
	}
	before := s.text[max(0, i-farthestTag):i]
	open := strings.LastIndexAny(before, "<>")
	if open < 0 || before[open] == '>' {
		return
	}
	start := i - len(before) + open + 1
	end := s.while(start, word|keyMark, longestKey)
	if s.at(end) == ':' {
		start = end + 1
		end = s.while(start, word|keyMark, longestKey)
	}
	if start == end || s.at(start-1) == '/' || end < i && !s.is(end, space|blank) {
		return
	}
	k, ok := s.keyEnding(end)
	if !ok || k.kind >= nameValue || k.start > start {
		return
	}
	if length := strings.IndexByte(s.text[i+1:], '<'); length > 0 {
		v := value{start: i + 1, end: i + 1 + length, quoted: true}
		s.take(k, v, context{})
	}
}
