package redact

// lookAtQuote looks at the quote at i. It may end a key that a comma parts from
// its value, as in a list of headers, or begin what follows the word password.
func (s *scan) lookAtQuote(i int) {
	if i < s.pairsFrom || i < 2 {
		return
	}
	if s.is(i-1, blank) {
		s.lookAtText(i)
		return
	}
	if !s.r.keys.may(s.text[i-2], s.text[i-1]) {
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

// lookAtText looks for `password 'secret'` and SQL's `IDENTIFIED BY 'secret'`,
// from the quote at i.
func (s *scan) lookAtText(i int) {
	end := i
	for n := 0; n < longestKey && s.is(end-1, blank); n++ {
		end--
	}
	known := s.after(end, "identified by") || s.after(end, "password") || s.after(end, "passwd") || s.after(end, "passphrase")
	if !known || s.r.of[credentials] < 0 {
		return
	}
	if start, closing, ok := s.quoteAt(i); ok {
		k := key{keyWord: &keyWords[0], detector: credentials, start: start}
		s.take(k, value{start: start, end: closing, next: closing + 1, quoted: true}, context{})
	}
}
