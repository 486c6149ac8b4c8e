package redact

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// schemes are those of the header Authorization; true: parameters follow.
var schemes = map[string]bool{
	"basic": false, "bearer": false, "negotiate": false, "ntlm": false, "token": false, "apikey": false,
	"api-key": false, "key": false, "splunk": false, "sharedkey": false, "sharedkeylite": false, "jwt": false,
	"aws": false, "genie-key": false, "sso-key": false, "bot": false,
	"digest": true, "oauth": true, "hawk": true, "mac": true, "signature": true, "hoba": true, "mutual": true,
	"aws4-hmac-sha256": true, "aws4-ecdsa-p256-sha256": true, "scram-sha-1": true, "scram-sha-256": true,
	"googlelogin": true, "vapid": true, "dpop": false, "gnap": false,
}

// outcomes are what a text tells of an authorization.
var outcomes = []string{
	"granted", "denied", "failed", "failure", "required", "missing", "ok", "success", "successful", "succeeded",
	"invalid", "error", "none", "null", "nil", "true", "false", "expired", "not", "is", "for", "undefined",
}

// credentialsIn returns what is secret in the value of an Authorization header:
// a scheme that is known stays.
func (s *scan) credentialsIn(v value, c context) (start, end int) {
	limit := len(s.text)
	if v.quoted {
		limit = v.end
	}
	schemeEnd := min(limit, s.while(v.start, word|keyMark, longestKey))
	scheme := s.text[v.start:schemeEnd]
	parameters, known := schemes[strings.ToLower(scheme)]
	start = min(limit, s.while(schemeEnd, blank, longestKey))
	switch {
	case known && start > schemeEnd:
		end = s.credentialsEnd(value{start: start, end: limit, quoted: v.quoted}, parameters, c)
	case isOneOf(outcomes, scheme):
		return 0, 0
	case v.quoted:
		start, end = v.start, v.end
	case start > schemeEnd && looksRandom(s.text[start:s.plainEnd(start, c)]):
		end = s.plainEnd(start, c)
	case looksRandom(s.text[v.start:v.end]):
		start, end = v.start, v.end
	}
	text := s.text[start:max(start, end)]
	if s.isMarkOnly(value{start: start, end: end}) || len(text) < 2 || isMask(text) || isTemplate(text) || isNoSecret(text) {
		return 0, 0
	}
	return start, end
}

func (s *scan) credentialsEnd(v value, parameters bool, c context) int {
	switch {
	case v.quoted:
		return v.end
	case parameters:
		return max(s.parametersEnd(v.start), s.plainEnd(v.start, c))
	default:
		return s.plainEnd(v.start, c)
	}
}

// parametersEnd returns the end of a list such as `a="b", c=d` at i.
func (s *scan) parametersEnd(i int) int {
	for end := i; ; {
		sign := s.while(i, word|keyMark, longestKey)
		if sign == i || s.at(sign) != '=' {
			return end
		}
		if start, closing, ok := s.quoteAt(sign + 1); ok {
			end = min(len(s.text), closing+start-sign-1)
		} else {
			end = sign + 1
			for end < len(s.text) && !s.is(end, space|blank|quote) && s.text[end] != ',' && s.text[end] != '\\' {
				end++
			}
		}
		comma := s.while(end, blank, longestKey)
		if s.at(comma) != ',' {
			return end
		}
		i = s.while(comma+1, blank, longestKey)
	}
}

// cookiesIn returns what is secret in the value of a Cookie or a Set-Cookie
// header: of the latter the value of the cookie, without its attributes.
func (s *scan) cookiesIn(k key, v value) (start, end int) {
	sign := s.while(v.start, word|keyMark|high, 256)
	if s.at(sign) != '=' || sign >= v.end && v.quoted {
		if looksRandom(s.text[v.start:v.end]) && !s.isMarkOnly(v) {
			return v.start, v.end
		}
		return 0, 0
	}
	limit := len(s.text)
	if v.quoted {
		limit = v.end
	}
	if k.kind == setCookieValue {
		v.start = sign + 1
		v.end = s.cookieEnd(v.start, limit)
		if s.isMarkOnly(v) {
			return 0, 0
		}
		return v.start, v.end
	}
	if v.quoted {
		return v.start, v.end
	}
	return v.start, s.cookiesEnd(v.start, limit)
}

// cookiesEnd returns the end of a list such as `a=b; c=d` at i.
func (s *scan) cookiesEnd(i, limit int) int {
	for {
		end := s.cookieEnd(i, limit)
		if s.at(end) != ';' {
			return end
		}
		i = s.while(end+1, blank, longestKey)
		if sign := s.while(i, word|keyMark|high, 256); s.at(sign) != '=' {
			return end
		}
	}
}

func (s *scan) cookieEnd(i, limit int) int {
	defer func(start int) { s.work += i - start }(i)
	for i < limit && s.text[i] != ';' && !s.is(i, space|blank|quote) && !s.has(i, `\n`) && !s.has(i, `\r`) && !s.has(i, `\"`) {
		i++
	}
	return i
}

// lookAtScheme looks for `Bearer token` and `Basic base64` without a header's
// name.
func (s *scan) lookAtScheme(i int) {
	basic := s.has(i, "basic")
	if !basic && !s.has(i, "bearer") || !s.begins(i) {
		return
	}
	end := i + len("bearer")
	if basic {
		end = i + len("basic")
	}
	start := s.while(end, blank, longestKey)
	if s.at(end) == ',' && !basic {
		start = s.while(end+1, blank, longestKey) // of a WebSocket
	}
	if s.has(end, "%20") {
		start = end + 3
	} else if s.at(end) == '+' {
		start = end + 1
	}
	if start == end || start < s.schemesFrom {
		return
	}
	end = s.while(start, word|keyMark|base64Mark, len(s.text))
	s.schemesFrom = end
	s.work += end - start
	token := strings.TrimRight(s.text[start:end], ".")
	if basic && isUserAndPassword(token) || !basic && len(token) >= 16 && looksRandom(token) {
		s.found(authorization, start, start+len(token))
	}
}

// isUserAndPassword reports whether a text is `user:password` in base64.
func isUserAndPassword(text string) bool {
	text = strings.TrimRight(text, "=")
	if len(text) < 4 || len(text) > 4096 {
		return false
	}
	plain, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		plain, err = base64.RawURLEncoding.DecodeString(text)
	}
	return err == nil && utf8.Valid(plain) && bytes.IndexByte(plain, ':') >= 0 && bytes.IndexFunc(plain, unicode.IsControl) < 0
}
