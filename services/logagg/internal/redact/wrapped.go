package redact

import "strings"

// mysqlFirst is what comes before the first password of a MySQL server.
const mysqlFirst = "a temporary password is generated for root@localhost"

// types are what a printed structure puts around or before a value.
var types = []string{"some(", "optional[", "optional("}

// pastType skips the type of a value.
func (s *scan) pastType(i int) int {
	for _, wrapper := range types {
		if s.has(i, wrapper) {
			return i + len(wrapper)
		}
	}
	for _, length := range []string{"string(", "(string) (len="} {
		if !s.has(i, length) {
			continue
		}
		end := s.while(i+len(length), digit, 10)
		if s.at(end) == ')' && s.is(end+1, blank) {
			return end + 2
		}
	}
	return i
}

// innerKeys are keys of an object that stands for the value alone.
var innerKeys = []string{"value", "stringvalue", "string_value", "s", "$value", "text", "#text", "plaintext", "plain"}

// wrapped takes a value in braces or in a block of YAML, and reports whether it
// is one.
func (s *scan) wrapped(k key, i int, c context) bool {
	switch s.text[i] {
	case '{':
		if s.is(s.while(i+1, blank|space, longestKey), quote) {
			s.inObject(k, i, c)
			return true
		}
		return s.inBraces(k, i, c)
	case '|', '>':
		return c.sign == ':' && s.inBlock(k, i, c)
	}
	return false
}

// inObject takes the value of an object such as `{"value":"secret"}` at i.
func (s *scan) inObject(k key, i int, c context) {
	start := s.while(i+1, blank|space, longestKey) + 1
	end := s.while(start, word|keyMark, longestKey)
	sign := s.while(end+1, blank, longestKey)
	if s.at(sign) == ':' && isOneOf(innerKeys, s.text[start:end]) {
		if v := s.while(sign+1, blank, longestKey); s.is(v, quote) {
			s.values(k, v, c)
		}
	}
}

// inBraces takes a value such as ODBC's `{secret}`, or `{SSHA}secret`, at i. What
// is in other braces is no value.
func (s *scan) inBraces(k key, i int, c context) bool {
	end := i + 1
	for end < len(s.text) && end-i < longestKey && s.text[end] != '}' && !s.is(end, space|blank|quote) && strings.IndexByte("=:,{", s.text[end]) < 0 {
		end++
	}
	if s.at(end) != '}' || c.sign != '=' {
		return s.at(i+1) != '{'
	}
	end++
	if !s.partsAt(end, c) {
		end = s.plainEnd(end, c)
	}
	if k.before == ';' { // what would be a name elsewhere
		s.found(k.detector, i, end)
	}
	s.take(k, value{start: i, end: end, next: end}, c)
	return true
}

// inBlock takes the lines of a block of YAML of which the mark is at i.
func (s *scan) inBlock(k key, i int, c context) bool {
	line := i + 1
	for line-i < 4 && (s.is(line, digit) || s.at(line) == '-' || s.at(line) == '+') {
		line++
	}
	if s.at(line) != '\n' {
		return false
	}
	start := s.while(line+1, blank, longestKey)
	indent := start - line - 1
	end := start
	for end < len(s.text) && indent > 0 {
		next := strings.IndexByte(s.text[end:], '\n')
		if next < 0 {
			end = len(s.text)
			break
		}
		end += next
		if s.while(end+1, blank, indent)-end-1 < indent {
			break
		}
		end++
	}
	s.work += end - start
	if indent > 0 {
		s.take(k, value{start: start, end: end, next: end, quoted: true}, c)
	}
	return true
}
