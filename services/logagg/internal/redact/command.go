package redact

// lookAtPass looks for the command PASS of FTP and POP3 as a client's side of a
// dialogue prints it, from its last letter.
func (s *scan) lookAtPass(i int) {
	if s.r.of[credentials] < 0 || s.at(i+1) != ' ' || i < 5 || s.text[i-3:i+1] != "PASS" {
		return
	}
	if s.after(i-3, "> ") || s.after(i-3, "c: ") {
		s.takeArgument(i + 2)
	}
}

// mechanisms of SASL that send secrets in base64.
var mechanisms = []string{"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"}

// lookAtAuth looks for the command AUTH of SMTP and Redis from its last letter.
func (s *scan) lookAtAuth(i int) {
	if s.r.of[credentials] < 0 || i < 3 || s.text[i-3:i+1] != "AUTH" || !s.begins(i-3) || i < s.pairsFrom {
		return
	}
	start := i + 1
	if s.has(start, "enticate") {
		start += len("enticate")
	}
	if s.at(start) != ' ' {
		return
	}
	start++
	end := s.while(start, word|keyMark, 256)
	if isOneOf(mechanisms, s.text[start:end]) {
		start = s.while(end, blank|space, longestKey)
		end = s.base64End(start)
		if end-start >= 12 && looksRandom(s.text[start:end]) {
			s.found(credentials, start, end)
		}
		return
	}
	end = s.plainEnd(start, context{})
	ends := end == len(s.text) || s.is(end, space) && !s.is(end, blank)
	if ends && end-start >= 6 && looksMixed(s.text[start:end]) && !s.isMarkOnly(value{start: start, end: end}) {
		s.found(credentials, start, end)
	}
}

// cryptNames are the names between dollars that begin a hash of a password.
var cryptNames = []string{"2a", "2b", "2y", "1", "5", "6", "y", "7", "gy", "apr1", "argon2i", "argon2d", "argon2id", "scrypt"}

const shortestCrypt = 28

// lookAtCrypt looks for a hash of a password as crypt has it, from its first
// dollar.
func (s *scan) lookAtCrypt(i int) {
	if s.r.of[credentials] < 0 || i < s.pairsFrom {
		return
	}
	name := s.while(i+1, word, 10)
	start := i
	switch {
	case s.after(i, "pbkdf2_sha256"):
		start -= len("pbkdf2_sha256")
	case s.at(name) != '$' || s.is(i-1, word) || !isOneOf(cryptNames, s.text[i+1:name]):
		return
	}
	end := name
	for end < len(s.text) && end-i < 512 && (s.is(end, word|keyMark|base64Mark) || s.text[end] == ',') {
		end++
	}
	if end-i >= shortestCrypt {
		s.found(credentials, start, end)
		s.pairsFrom = max(s.pairsFrom, end)
	}
}
