package redact

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

const (
	longestHeader = 4096
	// mostDecoded bounds the work on what only looks like tokens; from there on
	// the look is enough.
	mostDecoded = 256 << 10
)

// lookAtToken looks for a JSON Web Token, of which the J at i is the third
// letter: two parts or more, the first of which is the header in base64.
func (s *scan) lookAtToken(i int) {
	start := i - 2
	if s.at(start) != 'e' || s.at(start+1) != 'y' || start < s.tokensFrom {
		return
	}
	dot := s.partEnd(i)
	if s.at(dot) != '.' || dot-start > longestHeader || !s.isHeader(start, dot) {
		return
	}
	end := dot
	for part := 1; part < 5 && s.at(end) == '.'; part++ {
		next := s.readPart(end + 1)
		if next == end+1 && s.at(next) != '.' {
			break
		}
		end = next
	}
	if end-dot > 8 {
		s.found(jwt, start, end)
		s.tokensFrom = end
	}
}

// partEnd returns the end of the part of a token around i. It reads a run once.
func (s *scan) partEnd(i int) int {
	if i < s.tokensStart || i >= s.tokensEnd {
		s.tokensStart, s.tokensEnd = i, s.readPart(i)
	}
	return s.tokensEnd
}

// readPart returns the end of the part of a token at i.
func (s *scan) readPart(i int) int {
	end := i
	for end < len(s.text) && (s.is(end, word) || s.text[end] == '-' || s.text[end] == '_') {
		end++
	}
	s.work += end - i
	return end
}

// isHeader reports whether a part of a token is JSON that names an algorithm or
// a type.
func (s *scan) isHeader(start, end int) bool {
	s.decoded += end - start
	if s.decoded > mostDecoded {
		return true
	}
	plain, err := base64.RawURLEncoding.DecodeString(s.text[start:end])
	if err != nil || !json.Valid(plain) {
		return false
	}
	header := string(plain)
	return strings.Contains(header, `"alg"`) || strings.Contains(header, `"typ"`) || strings.Contains(header, `"enc"`)
}
