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
