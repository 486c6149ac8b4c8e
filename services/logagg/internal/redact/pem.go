package redact

import "strings"

const (
	pemBegin = "-----begin "
	pemEnd   = "-----end "
	// pemEncoded is how one begins in a URL or a form.
	pemEncoded = "-----begin%20"
	// longestPEM is how far the end of a key is looked for.
	longestPEM = 64 << 10
)

// lookAtPEM looks for a private key in PEM: to its END, and where that is
// missing to the first quote or the text's end. An END without a BEGIN ends a key
// of which only the rest was logged.
func (s *scan) lookAtPEM(i int) {
	switch {
	case i < s.keysFrom:
	case s.has(i, pemBegin), s.has(i, pemEncoded):
		if body, ok := s.pemLine(i + len(pemBegin)); ok {
			end := s.pemEnd(body)
			s.keysFrom = end
			s.found(privateKey, i, end)
		}
	case s.has(i, pemEnd):
		if end, ok := s.pemLine(i + len(pemEnd)); ok {
			s.found(privateKey, s.pemStart(i), end)
			s.keysFrom = end
		}
	}
}

// pemLine returns the end of a line that names a private key.
func (s *scan) pemLine(i int) (int, bool) {
	end := i
	for end < len(s.text) && end-i < 64 && (s.is(end, word|blank) || s.text[end] == '%') {
		end++
	}
	label := s.text[i:end]
	if !s.has(end, "-----") {
		// A line that was cut off.
		return end, isPrivate(label) && (end == len(s.text) || s.at(end) != '-')
	}
	return end + 5, isPrivate(label)
}

func isPrivate(label string) bool {
	const name = "private key"
	for i := 0; i+len(name) <= len(label); i++ {
		if foldEqual(label[i:i+len(name)], name) || strings.HasPrefix(label[i:], "PRIVATE%20KEY") {
			return true
		}
	}
	return false
}

func (s *scan) pemEnd(i int) int {
	limit := min(len(s.text), i+longestPEM)
	for s.pemFrom = max(s.pemFrom, i); s.pemFrom < limit; {
		next := s.nextEnd(s.pemFrom, limit)
		if next < 0 {
			s.work += limit - s.pemFrom
			s.pemFrom = max(i, limit-len(pemEnd))
			break
		}
		s.work += next
		s.pemFrom += next + len(pemEnd)
		if end, ok := s.pemLine(s.pemFrom); ok {
			return end
		}
	}
	if next := strings.IndexAny(s.text[i:], "\"'`<"); next >= 0 {
		next += i
		for next > i && s.text[next-1] == '\\' {
			next--
		}
		return next
	}
	return len(s.text)
}

// nextEnd returns how far it is to the next END.
func (s *scan) nextEnd(i, limit int) int {
	for at := i; at < limit; {
		next := strings.Index(s.text[at:limit], "-----")
		if next < 0 {
			break
		}
		at += next
		if s.has(at, pemEnd) || s.has(at, "-----end%20") {
			return at - i
		}
		at++
	}
	return -1
}

// pemStart returns where the body of a key begins that ends at i.
func (s *scan) pemStart(i int) int {
	start := i
	for start > s.keysFrom && (s.is(start-1, word|base64Mark|space|blank) || s.text[start-1] == '\\') {
		start--
	}
	return s.while(start, space|blank, i-start)
}
