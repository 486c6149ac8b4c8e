package redact

import "strings"

// longestOther is how far the end of a text in other quotes is looked for.
const longestOther = 4096

// otherQuotes are quotes of more than a byte: escaped ones and typographic ones.
var otherQuotes = []struct{ open, shut string }{
	{"&quot;", "&quot;"}, {"&#34;", "&#34;"}, {"&#39;", "&#39;"}, {"&apos;", "&apos;"}, {"&#x27;", "&#x27;"}, {"&#x22;", "&#x22;"},
	{"u0022", "u0022"}, {"u0027", "u0027"}, {"“", "”"}, {"‘", "’"}, {"«", "»"},
}

// closingBefore returns how many bytes before i close a quoted or bracketed key:
// those of one sign.
func (s *scan) closingBefore(i int) int {
	switch c := s.at(i - 1); c {
	case ']', '\\', '"', '\'', '`':
		return 1
	case '[':
		if s.at(i) == ']' {
			return 1 // as in a form: password[]=
		}
	case 'd', 'D':
		if s.after(i, "%5d") {
			return 3
		}
	case '2', '7', ';', 0x9d, 0x99, 0xbb:
		return s.otherClosing(i)
	}
	return 0
}

func (s *scan) otherClosing(i int) int {
	if s.after(i, "%22") || s.after(i, "%27") {
		return 3
	}
	for _, q := range otherQuotes {
		if s.after(i, q.shut) && (q.shut[0] != 'u' || s.at(i-6) == '\\') {
			return len(q.shut)
		}
	}
	return 0
}

// otherQuoteAt returns where the text of a value in such quotes begins and ends;
// backslashes are at i, and what they escape after them.
func (s *scan) otherQuoteAt(i, escaped int) (start, end int, ok bool) {
	if c := s.at(escaped); c != '&' && c != 0xe2 && c != 0xc2 && (c != 'u' || escaped == i) {
		return 0, 0, false
	}
	for _, q := range otherQuotes {
		if !s.has(escaped, q.open) {
			continue
		}
		start = escaped + len(q.open)
		shut := q.shut
		if shut[0] == 'u' {
			shut = s.text[i:start]
		}
		return start, start + s.until(start, shut), true
	}
	return 0, 0, false
}

// until returns how far it is to a text, or else to the end of the line.
func (s *scan) until(i int, text string) int {
	rest := s.text[i:min(len(s.text), i+longestOther)]
	if n := strings.Index(rest, text); n >= 0 {
		return n
	}
	if n := strings.IndexByte(rest, '\n'); n >= 0 {
		return n
	}
	return len(rest)
}

// lookAtWide looks at the sign beyond ASCII at i, which may part a key from its
// value.
func (s *scan) lookAtWide(i int) {
	if strings.HasPrefix(s.text[i:], "＝") || strings.HasPrefix(s.text[i:], "：") || strings.HasPrefix(s.text[i:], "→") {
		s.pair(i, i+len("＝"), context{sign: '='})
	}
}
