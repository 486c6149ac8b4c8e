package redact

import "strings"

// lookAtQuote looks at the quote at i. It may end a key that a comma parts from
// its value, as in a list of headers, or begin what follows the word password.
func (s *scan) lookAtQuote(i int) {
	if i < s.pairsFrom || i < 2 {
		return
	}
	switch b := s.text[i-1]; {
	case is(b, blank):
		s.lookAtText(i)
		s.lookAtTuple(i)
		return
	case b == ',' || b == '<':
		s.lookAtTuple(i)
		return
	case b == '(':
		s.lookAtCall(i)
		return
	case b == '"' || b == '\'':
		return
	}
	if s.at(i+1) == ':' {
		s.lookAtJWK(i)
	}
	if !s.r.keys.may(s.text[i-2], s.text[i-1]) {
		return
	}
	if s.has(i+1, ";s:") {
		s.lookAtSerialized(i)
		return
	}
	next := s.nextElement(i)
	if next == i || s.at(s.while(i+1, blank, longestKey)) != ',' {
		return
	}
	k, ok := s.keyEnding(i)
	if ok && k.kind < nameValue && s.isTuple(k) {
		s.values(k, next, context{})
	}
}

// isTuple reports whether the key at the beginning of a list is parted from its
// value by a comma: in parentheses any, and in brackets a header.
func (s *scan) isTuple(k key) bool {
	open := k.start - 1
	for s.is(open, quote) || s.at(open) == '\\' || s.at(open) == 'b' {
		open--
	}
	return s.at(open) == '(' || s.at(open) == '[' && k.detector == authorization
}

// textsFollow are what comes before a secret in quotes.
var textsFollow = []string{
	"password", "passwd", "passphrase", "identified by", "password is", "password was", "password to", "convertto-securestring", `"auth"`,
}

// lookAtText looks for `password 'secret'`, SQL's `IDENTIFIED BY 'secret'` and the
// like, from the quote at i. After other keys it takes what looks random.
func (s *scan) lookAtText(i int) {
	end := i
	for n := 0; n < longestKey && s.is(end-1, blank); n++ {
		end--
	}
	if s.r.of[credentials] < 0 {
		return
	}
	known := false
	for _, before := range textsFollow {
		known = known || s.after(end, before)
	}
	k := key{keyWord: &keyWords[0], detector: credentials}
	if !known {
		var ok bool
		if k, ok = s.keyEnding(end); !ok || k.kind != secretValue {
			return
		}
	}
	if start, closing, ok := s.quoteAt(i); ok && (known || looksStrong(s.text[start:closing])) {
		s.take(k, value{start: start, end: closing, next: closing + 1, quoted: true}, context{})
	}
}

// lookAtTuple looks for Erlang's `{password,"secret"}`, from the quote before the
// secret.
func (s *scan) lookAtTuple(i int) {
	end := i
	if s.after(end, "<<") {
		end -= 2
	}
	for n := 0; n < longestKey && s.is(end-1, blank); n++ {
		end--
	}
	if s.at(end-1) != ',' {
		return
	}
	if k, ok := s.keyEnding(end - 1); ok && k.kind < nameValue && k.before == '{' {
		s.take(k, s.valueAt(k, i, context{}), context{})
	}
}

// lookAtCall looks for `setPassword("secret")` and `password("secret")`, from the
// quote before the secret.
func (s *scan) lookAtCall(i int) {
	k, ok := s.keyEnding(i - 1)
	if !ok || k.kind != secretValue || k.query {
		return
	}
	name := strings.ToLower(k.name[strings.LastIndexByte(k.name, '.')+1:])
	if len(name) <= len(k.text) || strings.HasPrefix(name, "set") || strings.HasPrefix(name, "with") {
		s.take(k, s.valueAt(k, i, context{}), context{})
	}
}

// lookAtSerialized looks for PHP's `"password";s:6:"secret"`, from the quote
// behind the key.
func (s *scan) lookAtSerialized(i int) {
	colon := s.while(i+len(`";s:`), digit, longestKey)
	if k, ok := s.keyEnding(i); ok && k.kind < nameValue && s.at(colon) == ':' && s.is(colon+1, quote) {
		s.take(k, s.valueAt(k, colon+1, context{}), context{})
	}
}
