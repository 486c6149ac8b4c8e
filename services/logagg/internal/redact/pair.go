package redact

import "strings"

// value is the text of a value. Next is the place after it and its quote.
type value struct {
	start, end, next int
	quoted           bool
}

// lookAtPair looks at the sign at i, which may part a key from a secret.
func (s *scan) lookAtPair(i int) {
	if s.text[i] == ':' {
		switch {
		case s.at(i+1) == '/' && s.at(i+2) == '/':
			s.lookAtURL(i+3, '/')
			return
		case s.has(i+1, `\/\/`):
			s.lookAtURL(i+5, '\\')
			return
		case s.at(i-1) == ':' && s.is(i+1, blank): // base64 in LDIF
			s.pair(i-1, i+1, context{sign: ':'})
			return
		case s.at(i+1) == ':' || s.at(i-1) == ':':
			return
		case s.is(i-1, digit):
			s.lookAtBot(i)
		case s.at(i-1) == 's':
			s.lookAtPuTTY(i)
		case s.at(i-1) == 't' && s.after(i, mysqlFirst):
			s.values(key{keyWord: &keyWords[0], detector: credentials, start: i}, s.while(i+1, blank, longestKey), context{})
			return
		}
	}
	s.pair(i, i+1, context{sign: s.text[i]})
}

// pair looks at a key that ends before one place, and its value after another.
func (s *scan) pair(before, after int, c context) {
	if before < s.pairsFrom {
		return
	}
	k, ok := s.keyBefore(before)
	if !ok || s.isMarkBefore(k.start) || s.isMark(before) {
		return
	}
	c.query = s.isParameter(k.start)
	c.semicolons = k.before == ';' && c.sign == '='
	start := s.valueStart(after, c)
	if start >= len(s.text) || s.is(start, space) || s.has(start, "pam_") || s.wrapped(k, start, c) {
		return
	}
	switch k.kind {
	case nameValue:
		s.announce(start)
	case valueValue:
		if before < s.namedUntil {
			s.values(s.namedKey, start, c)
		}
	default:
		s.values(k, start, c)
	}
}

// isMarkBefore reports whether what ends at i begins in a mark.
func (s *scan) isMarkBefore(i int) bool {
	for n := 0; n < longestKey && s.is(i-1, word|keyMark|blank); n++ {
		i--
	}
	_, ok := s.markEnd(i - 1)
	return ok
}

// isMark reports whether what ends at i is a mark.
func (s *scan) isMark(i int) bool {
	if s.at(i-1) != ']' {
		return false
	}
	from := max(0, i-2*longestKey)
	open := strings.LastIndexByte(s.text[from:i], '[')
	if open < 0 {
		return false
	}
	end, ok := s.markEnd(from + open)
	return ok && end == i
}

// valueStart skips what belongs to the sign, and blanks. Where another pair
// follows, there is no value.
func (s *scan) valueStart(i int, c context) int {
	if next := s.at(i); c.sign == ':' && next == '=' || c.sign == '=' && (next == '>' || next == '=') {
		i++
	}
	start := s.while(i, blank, longestKey)
	if s.at(i-1) == '>' && s.is(start, space) {
		start = s.while(start, blank|space, longestKey) // as PHP prints
		if !s.has(start, "string(") {
			return len(s.text)
		}
	}
	if c.encoded {
		for s.has(start, "%20") || s.has(start, "%22") || s.has(start, "%27") || s.at(start) == '+' {
			start += min(3, 1+2*strings.Count(s.text[start:start+1], "%"))
		}
	}
	if start > i && c.sign == '=' && s.isPair(start, '=') {
		return len(s.text)
	}
	return s.pastType(start)
}

// announce remembers a pair such as `name: DB_PASSWORD`, which `value: secret`
// may follow.
func (s *scan) announce(i int) {
	v := value{start: i, end: s.while(i, word|keyMark, longestKey)}
	if start, _, ok := s.quoteAt(i); ok {
		v.start = start
		v.end = s.while(start, word|keyMark, longestKey)
	}
	if k, ok := s.keyEnding(v.end); ok && k.start >= v.start && k.kind < nameValue {
		s.namedKey, s.namedUntil = k, v.end+longestKey
	}
}

// values takes the value at i, or those of a list there.
func (s *scan) values(k key, i int, c context) {
	list := false
	if b := s.at(i); b == '[' || b == '(' {
		if _, ok := s.markEnd(i); !ok {
			list = true
			i = s.while(i+1, blank|space, longestKey)
		}
	}
	for {
		v := s.valueAt(k, i, c)
		s.take(k, v, c)
		if next := s.while(v.next, blank, longestKey); v.quoted && s.has(next, "->") {
			i = s.while(next+2, blank, longestKey) // what became of it
			if s.is(i, quote) {
				continue
			}
		}
		if !list || !v.quoted || s.at(v.next) != ',' {
			return
		}
		i = s.while(v.next+1, blank|space, longestKey)
		if !s.is(i, quote) && s.at(i) != '\\' {
			return
		}
	}
}

// valueAt reads the value at i.
func (s *scan) valueAt(k key, i int, c context) value {
	at := i
	if prefix := s.while(i, alpha, 2); prefix > i && s.is(prefix, quote) && s.at(i) != 'n' {
		at = prefix // as in Python's b'...'
	}
	if start, end, ok := s.quoteAt(at); ok {
		return value{start: start, end: end, next: end + start - at, quoted: true}
	}
	var end int
	switch k.kind {
	case basicValue:
		end = s.base64End(i)
	case phraseValue:
		end = s.wordsEnd(s.plainEnd(i, c))
	default:
		end = s.plainEnd(i, c)
	}
	return value{start: i, end: end, next: end}
}

// base64End returns the end of a text in base64.
func (s *scan) base64End(i int) int {
	for i < len(s.text) && (s.is(i, word|base64Mark) || s.text[i] == '-' || s.text[i] == '_') && s.text[i] != '=' {
		i++
	}
	return s.while(i, base64Mark, 2)
}

// wordsEnd goes on over further words in lower case.
func (s *scan) wordsEnd(i int) int {
	for s.at(i) == ' ' {
		end := s.while(i+1, lower, longestKey)
		if end == i+1 || end < len(s.text) && !s.is(end, space|blank) {
			return i
		}
		i = end
	}
	return i
}

// take takes the secret of a value, if it has one.
func (s *scan) take(k key, v value, c context) {
	switch k.kind {
	case authorizationValue:
		v.start, v.end = s.credentialsIn(v, c)
	case cookieValue, setCookieValue:
		v.start, v.end = s.cookiesIn(k, v)
	case basicValue:
		if !isUserAndPassword(s.text[v.start:v.end]) {
			return
		}
	default:
		if _, ok := schemes[strings.ToLower(s.text[v.start:min(v.end, v.start+24)])]; ok && !v.quoted && s.is(v.end, blank) {
			v.start = s.while(v.end, blank, longestKey)
			v.end = s.plainEnd(v.start, c)
		}
		if !s.plausible(k, v, c) {
			return
		}
	}
	if v.start < v.end {
		s.found(k.detector, v.start, v.end)
		s.pairsFrom = max(s.pairsFrom, v.end)
	}
}

// named takes the value of a field with such a name.
func (s *scan) named(name string) {
	n := scan{r: s.r, text: name}
	end := len(name)
	for end > 0 && (name[end-1] == ']' || name[end-1] == '[' || name[end-1] == '.' || is(name[end-1], digit)) {
		end--
	}
	k, ok := n.keyEnding(end)
	if !ok || k.kind == nameValue || k.kind == valueValue {
		return
	}
	c := context{}
	switch start := s.while(0, blank|space, len(s.text)); {
	case s.at(start) == '[' && k.kind != secretValue:
		s.values(k, start, c)
	default:
		s.take(k, value{start: 0, end: len(s.text), quoted: true}, c)
	}
}
