package redact

import "strings"

// context is what the reading of a value without quotes depends on.
type context struct {
	// sign that parts keys from values: what begins with another key and this
	// sign is the next pair.
	sign byte
	// query: the pair is a parameter of a URL, in which & is never part of a
	// value. encoded: so are its encoded forms.
	query, encoded bool
	// semicolons part the pairs, so that blanks do not end the value.
	semicolons bool
}

// plainEnd returns the end of a value without quotes that begins there. It ends at
// white space, and at a mark that what follows tells not to be part of it.
func (s *scan) plainEnd(start int, c context) int {
	end := s.readPlain(start, c)
	s.work += end - start
	return end
}

func (s *scan) readPlain(i int, c context) int {
	depth := 0
	for ; i < len(s.text); i++ {
		switch b := s.text[i]; b {
		case '(', '[', '{':
			if end, ok := s.markEnd(i); ok {
				i = end - 1
				continue
			}
			depth++
		case ')', ']', '}':
			if depth > 0 {
				depth--
			} else if s.partsAt(i+1, c) || s.at(i+1) == ':' && s.is(i+2, space|blank) {
				return i
			}
		case '.', ':':
			if i+1 == len(s.text) || s.is(i+1, space) {
				return i
			}
		default:
			if s.endsPlain(i, b, c) {
				return i
			}
		}
	}
	return i
}

func (s *scan) endsPlain(i int, b byte, c context) bool {
	switch b {
	case ',', ';', '|', '"', '\'', '`', '>':
		return s.partsAt(i+1, c)
	case '&':
		return c.query || s.has(i+1, "amp;") || s.partsAt(i+1, c)
	case '<':
		return s.at(i+1) == '/' || s.at(i+1) == '!' || s.has(i+1, "br")
	case '\\':
		return s.escapeParts(i+1, c)
	case '%':
		return c.encoded && (s.has(i+1, "26") || s.has(i+1, "22") || s.has(i+1, "20") || s.has(i+1, "0a") || s.has(i+1, "0d"))
	default:
		return is(b, space|blank) && (!c.semicolons || !is(b, blank) || !s.semicolonAhead(i))
	}
}

// escapeParts reports whether the escape after a backslash stands for something
// that ends a value.
func (s *scan) escapeParts(i int, c context) bool {
	for n := 0; n < 16 && s.at(i) == '\\'; n++ {
		i++
	}
	switch s.at(i) {
	case 'n', 'r', 't', '"', '\'', '`':
		return s.partsAt(i+1, c)
	case 'u':
		return s.has(i+1, "0026") || s.has(i+1, "0022") || s.has(i+1, "0027") || s.has(i+1, "003c") || s.has(i+1, "003e")
	default:
		return i >= len(s.text)
	}
}

// partsAt reports whether what is at i tells that the mark before it is not part
// of a value: an end, white space, another mark, or the next pair.
func (s *scan) partsAt(i int, c context) bool {
	if i >= len(s.text) || s.is(i, space|blank|quote) {
		return true
	}
	switch s.text[i] {
	case ')', ']', '}', '>', ',', ';', '|', '&', '\\':
		return true
	}
	return s.isPair(i, c.sign)
}

// isPair reports whether a key and a sign are at i. The padding of base64 is no
// sign.
func (s *scan) isPair(i int, sign byte) bool {
	end := s.while(i, word|keyMark|high, longestKey)
	if end == i {
		return false
	}
	for s.is(end, quote) || s.at(end) == '\\' || s.at(end) == ']' {
		end++
	}
	if s.at(end) != sign || sign == 0 {
		return false
	}
	next := s.at(end + 1)
	return sign != '=' || next != '=' && next != 0 && !is(next, space|blank) && next != ',' && next != '&' && next != ';'
}

// semicolonAhead reports whether a connection string goes on after a blank.
func (s *scan) semicolonAhead(i int) bool {
	for end := min(len(s.text), i+128); i < end; i++ {
		switch s.text[i] {
		case ';':
			return true
		case '=', '"', '\'', ',', '\n':
			return false
		}
	}
	return false
}

// quoteAt returns where the text of a quoted value begins and ends. The quote may
// be escaped, as in JSON that is a text of JSON, or doubled, as in CSV.
func (s *scan) quoteAt(i int) (start, end int, ok bool) {
	escapes := 0
	for n := 0; n < 16 && s.at(i+escapes) == '\\'; n++ {
		escapes++
	}
	if start, end, ok := s.otherQuoteAt(i, i+escapes); ok {
		return start, end, true
	}
	i += escapes
	if !s.is(i, quote) {
		return 0, 0, false
	}
	mark := s.text[i]
	start = i + 1
	if escapes == 0 && s.at(start) == mark && start+1 < len(s.text) && !s.partsAt(start+1, context{}) {
		start++
		if end := strings.Index(s.text[start:], s.text[i:start]); end >= 0 {
			return start, start + end, true
		}
	}
	return start, s.quoteEnd(start, mark, escapes), true
}

// quoteEnd returns the end of a quoted text: its line's where it has none of its
// own.
func (s *scan) quoteEnd(start int, mark byte, escapes int) int {
	end := s.readQuoted(start, mark, escapes)
	s.work += end - start
	return end
}

func (s *scan) readQuoted(start int, mark byte, escapes int) int {
	for i := start; i < len(s.text); i++ {
		next := strings.IndexByte(s.text[i:], mark)
		if next < 0 {
			break
		}
		i += next
		back := i
		for back > start && s.text[back-1] == '\\' {
			back--
		}
		if !closes(i-back, escapes) {
			continue
		}
		if escapes == 0 && s.at(i+1) == mark && i > start && s.is(i+2, word) {
			i++ // a quote within SQL's or CSV's text
			continue
		}
		return max(start, i-min(i-back, escapes))
	}
	s.work += len(s.text) - start
	if line := strings.IndexByte(s.text[start:], '\n'); line >= 0 {
		return start + line
	}
	return len(s.text)
}

// closes reports whether a quote after n backslashes ends a text of which the
// quote has so many. One with fewer ends a text around it; an escaped one has one
// more than twice as many.
func closes(n, escapes int) bool {
	return n <= escapes || n%(2*(escapes+1)) == escapes
}
