package redact

// lookAtEscape looks at the sign between key and value that is written as the
// escape at i.
func (s *scan) lookAtEscape(i int) {
	switch {
	case s.has(i, `\u003d`):
		s.pair(i, i+6, context{sign: '='})
	case s.has(i, `\u003a`):
		s.pair(i, i+6, context{sign: ':'})
	}
}

// lookAtPercent looks at the encoded byte at i, and returns where to go on.
func (s *scan) lookAtPercent(i int) int {
	switch {
	case s.has(i, "%3a%2f%2f"):
		s.lookAtEncodedURL(i + len("%3a%2f%2f"))
	case s.has(i, "%253d"):
		s.pair(i, i+len("%253d"), context{sign: '=', encoded: true})
	case s.has(i, "%3d"):
		s.pair(i, i+3, context{sign: '=', encoded: true})
	case s.has(i, "%3a"):
		s.pair(i, i+3, context{sign: ':', encoded: true})
	case s.has(i, "%40"):
		s.lookAtEmail(i, i+3)
		if s.r.of[card] < 0 {
			return i + 3
		}
	}
	return i + 1
}

// lookAtEncodedURL looks for the password of an encoded URL, of which the user
// begins at i.
func (s *scan) lookAtEncodedURL(i int) {
	limit := min(len(s.text), i+farthestHost)
	colon := -1
	for ; i < limit && !s.is(i, space|blank|quote) && s.text[i] != '&'; i++ {
		switch {
		case s.text[i] != '%':
		case s.has(i, "%3a") && colon < 0:
			colon = i + 3
		case s.has(i, "%2f") && colon < 0:
			return
		case s.has(i, "%40") && colon >= 0:
			s.takePassword(colon, i)
			return
		}
	}
}
