package redact

import "strings"

// lookAtAzure looks for a client secret of Azure, which has `Q~` at its fifth
// place, from the tilde at i.
func (s *scan) lookAtAzure(i int) {
	start := i - 5
	if s.at(i-1) != 'Q' || !s.is(i-2, digit) || start < 0 || !s.begins(start) {
		return
	}
	end := i + 1
	for end < len(s.text) && end-i <= 40 && (s.is(end, word|keyMark) || s.text[end] == '~') {
		end++
	}
	if end-i > 31 && end-i <= 40 {
		s.found(cloudKey, start, end)
	}
}

// lookAtBotOfDiscord looks for a token of Discord from its first dot at i,
// which has another seven bytes behind it: a number in base64, six characters for
// the time, and 27 or more.
func (s *scan) lookAtBotOfDiscord(i int) {
	if i < 24 {
		return
	}
	start := i
	for start > 0 && i-start < 30 && s.is(start-1, word) {
		start--
	}
	length := i - start
	if length < 23 || length > 28 || s.text[start] < 'M' || s.text[start] > 'O' || s.while(i+1, word|keyMark, 6) != i+7 {
		return
	}
	end := i + 8
	for end < len(s.text) && end-i < 48 && (s.is(end, word) || s.text[end] == '-' || s.text[end] == '_') {
		end++
	}
	if end-i-8 >= 27 && end-i < 48 {
		s.found(cloudKey, start, end)
	}
}

// payloads are beginnings of keys and cookies in base64 that have no header.
var payloads = []struct {
	prefix   string
	least    int
	detector detector
}{
	{"eyJrIjoi", 60, cloudKey}, // Grafana
	{"CfDJ8", 60, credentials}, // ASP.NET
}

// lookAtPayload looks for one of the payloads, from its J at i.
func (s *scan) lookAtPayload(i int) {
	for _, p := range payloads {
		start := i - strings.IndexByte(p.prefix, 'J')
		if start < s.tokensFrom || start < 0 || !strings.HasPrefix(s.text[start:], p.prefix) || !s.begins(start) {
			continue
		}
		end := s.partEnd(i)
		end = s.while(end, base64Mark, 2)
		if end-start >= p.least && s.r.of[p.detector] >= 0 {
			s.found(p.detector, start, end)
			s.tokensFrom = end
		}
	}
}

// lookAtMailchimp looks for a key of Mailchimp, which ends with the name of a data
// centre, from the dash at i.
func (s *scan) lookAtMailchimp(i int) {
	const length = 32
	if s.r.of[cloudKey] < 0 || i < length || s.at(i+1) != 'u' || s.at(i+2) != 's' || !s.is(i+3, digit) || s.is(i-length-1, word) {
		return
	}
	if hasOnly(s.text[i-length:i], hexBit) && looksMixed(s.text[i-length:i]) {
		s.found(cloudKey, i-length, s.while(i+3, digit, 2))
	}
}
