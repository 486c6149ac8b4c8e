package redact

import "strings"

// noDomains are last labels of what only looks like an address: names of files
// and of systemd's units.
var noDomains = []string{
	"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "mjs", "json", "html", "service", "socket",
	"slice", "mount", "timer", "target", "scope", "path", "device", "swap",
}

// lookAtEmail looks for an address of which the local part ends before at, and
// the domain begins at i.
func (s *scan) lookAtEmail(at, i int) {
	start := at
	for start > max(0, at-farthestUser) && (s.is(start-1, word|keyMark|high) || s.at(start-1) == '+' || s.at(start-1) == '%') {
		start--
	}
	for s.at(start) == '.' || s.at(start) == '%' {
		start++
	}
	if start > 0 && s.at(start-1) == '\\' && s.escapeEnds(start+1) {
		start++ // the letter of an escape
	}
	end, ok := s.domainEnd(i)
	if start >= at || !ok || s.has(start, "git@") || s.foundBefore(at) {
		return
	}
	s.found(email, start, end)
}

// foundBefore reports whether what is before a host was taken for a secret.
func (s *scan) foundBefore(at int) bool {
	return len(s.spans) > 0 && s.spans[len(s.spans)-1].end == at
}

// domainEnd returns the end of a domain at i, which has a dot and a last label
// of letters.
func (s *scan) domainEnd(i int) (int, bool) {
	end := i
	for end < min(len(s.text), i+farthestUser) && (s.is(end, word|high) || s.text[end] == '-' || s.text[end] == '.') {
		end++
	}
	domain := strings.TrimRight(s.text[i:end], ".-")
	dot := strings.LastIndexByte(domain, '.')
	if dot < 1 || !s.is(i, word|high) {
		return 0, false
	}
	label := domain[dot+1:]
	known := len(label) >= 2 && hasOnly(label, alpha|high) || strings.HasPrefix(label, "xn--")
	return i + len(domain), known && !isOneOf(noDomains, label)
}
