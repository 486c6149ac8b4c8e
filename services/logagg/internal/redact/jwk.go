package redact

import "strings"

// jwkMembers are the private members of a key in JSON.
const jwkMembers = "dkpq"

// shortestMember is that of a private key on the smallest curve, or of 128 bits.
const shortestMember = 22

// lookAtJWK looks for a private member of a key in JSON, from the quote behind its
// name at i.
func (s *scan) lookAtJWK(i int) {
	if s.r.of[privateKey] < 0 || strings.IndexByte(jwkMembers, s.text[i-1]) < 0 {
		return
	}
	start := i - 1
	if s.has(i-2, "dp") || s.has(i-2, "dq") || s.is(i-2, lower) && s.has(i-2, "q") {
		start--
	}
	if !s.is(start-1, quote) {
		return
	}
	open := s.while(i+2, blank, longestKey)
	if !s.is(open, quote) || !s.isJWK() {
		return
	}
	end := s.while(open+1, word|keyMark, longestKey*64)
	s.work += end - open
	if end-open > shortestMember && s.at(end) == s.text[open] {
		s.found(privateKey, open+1, end)
	}
}

// isJWK reports whether the text has a key in JSON. It looks once.
func (s *scan) isJWK() bool {
	if !s.jwkLooked {
		s.jwkLooked = true
		s.work += len(s.text)
		s.jwkFound = strings.Contains(s.text, `"kty"`)
	}
	return s.jwkFound
}

// lookAtPuTTY looks for the private lines of a key of PuTTY, from the colon at i.
func (s *scan) lookAtPuTTY(i int) {
	if s.r.of[privateKey] < 0 || s.at(i-1) != 's' || !s.after(i, "private-lines") || i < s.keysFrom {
		return
	}
	start := s.while(i+1, blank|digit, longestKey)
	end := start
	for end < len(s.text) && (s.is(end, word|base64Mark|space|blank) || s.text[end] == '\\') && !s.has(end, "private-mac") {
		end++
	}
	if s.has(end, "private-mac:") {
		mac := s.while(end+len("private-mac:"), blank, longestKey)
		end = s.while(mac, hexBit, longestKey*2)
	}
	s.work += end - start
	s.keysFrom = end
	s.found(privateKey, start, end)
}
