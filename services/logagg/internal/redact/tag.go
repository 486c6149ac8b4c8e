package redact

import "strings"

// farthestTag is how far back the beginning of a tag is looked for.
const farthestTag = 256

// lookAtTag looks for the text of an element, such as `<password>secret<`, from
// the bracket at i; and for the arrow of `password -> secret`.
func (s *scan) lookAtTag(i int) {
	if i < s.pairsFrom {
		return
	}
	if s.at(i-1) == '-' && s.is(i+1, blank) {
		s.pair(i-1, i+1, context{sign: '>'})
		return
	}
	if !s.is(i-1, word|quote) {
		return
	}
	before := s.text[max(0, i-farthestTag):i]
	open := strings.LastIndexAny(before, "<>")
	if open < 0 || before[open] == '>' {
		return
	}
	if k, ok := s.keyOfTag(i-len(before)+open+1, i); ok && k.kind < nameValue {
		s.takeElement(k, i+1)
	}
}

// keyOfTag returns the key that the tag has that begins at i: its own name, the
// last of its attributes where that is a name, or the element before it.
func (s *scan) keyOfTag(i, limit int) (key, bool) {
	start := i
	end := s.while(start, word|keyMark, longestKey)
	if s.at(end) == ':' {
		start = end + 1
		end = s.while(start, word|keyMark, longestKey)
	}
	if start == end || s.at(start-1) == '/' || end < limit && !s.is(end, space|blank) {
		return key{}, false
	}
	if k, ok := s.keyEnding(end); ok && k.kind < nameValue && k.start >= start {
		return k, true
	}
	if s.has(start, "string") || s.has(start, "data") {
		name := i - 1
		for n := 0; n < longestKey && s.is(name-1, space|blank); n++ {
			name--
		}
		if s.after(name, "</key>") {
			return s.keyEnding(name - len("</key>"))
		}
	}
	k, ok := s.keyEnding(limit - 1)
	if !ok || !s.is(limit-1, quote) || !s.is(k.start-1, quote) || s.at(k.start-2) != '=' {
		return key{}, false
	}
	return k, s.after(k.start-2, "name") || s.after(k.start-2, "key") || s.after(k.start-2, "id")
}

// takeElement takes the text of an element that begins at i.
func (s *scan) takeElement(k key, i int) {
	const cdata = "<![cdata["
	if s.has(i, cdata) {
		i += len(cdata)
		s.take(k, value{start: i, end: i + s.until(i, "]]>"), quoted: true}, context{})
		return
	}
	length := strings.IndexByte(s.text[i:], '<')
	if length < 0 {
		s.work += len(s.text) - i
		return
	}
	if length > 0 {
		s.take(k, value{start: i, end: i + length, quoted: true}, context{})
	}
}

// lookAtEntity looks for the text of an element of which the brackets are escaped,
// from the end of the escape at i.
func (s *scan) lookAtEntity(i int) {
	const open = "&gt;"
	if i < s.pairsFrom || s.at(i-1) != 't' || !s.after(i+1, open) {
		return
	}
	end := i + 1 - len(open)
	k, ok := s.keyEnding(end)
	if !ok || k.kind >= nameValue || k.before != ';' && k.before != ':' {
		return
	}
	s.take(k, value{start: i + 1, end: i + 1 + s.until(i+1, "&lt;"), quoted: true}, context{})
}
