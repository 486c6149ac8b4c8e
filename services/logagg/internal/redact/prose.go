package redact

import "strings"

// proseStarts are how a text goes on that tells of a secret and is none.
var proseStarts = map[string]bool{
	"must": true, "can't": true, "cannot": true, "should": true, "may": true, "is": true, "are": true, "not": true, "too": true,
	"go": true, "see": true, "use": true, "the": true, "this": true, "your": true, "please": true, "for": true, "has": true,
	"was": true, "will": true, "does": true, "doesn't": true, "didn't": true, "needs": true, "minimum": true, "at": true,
}

// isProse reports whether the value begins a sentence.
func (s *scan) isProse(v value, c context) bool {
	text := s.text[v.start:v.end]
	if v.quoted {
		first, _, more := strings.Cut(text, " ")
		return more && len(first) < 10 && proseStarts[strings.ToLower(first)]
	}
	if len(text) >= 10 || c.sign != ':' || !s.is(v.end, blank) || !s.is(v.end+1, lower) {
		return false
	}
	return proseStarts[strings.ToLower(text)]
}

// isCode reports whether the value is an expression of a program: a call of a
// method, or the path to a variable of the key's own name.
func (s *scan) isCode(v value) bool {
	if v.quoted {
		return false
	}
	text := s.text[v.start:v.end]
	if call := strings.IndexByte(text, '('); call > 0 {
		name := text[:call]
		return hasOnly(name, alpha|keyMark) && (strings.IndexByte(name, '.') > 0 || strings.HasPrefix(name, "get"))
	}
	dot := strings.LastIndexByte(text, '.')
	return dot > 0 && hasOnly(text, alpha|keyMark) && placeholders[strings.ToLower(text[dot+1:])]
}

// isPlace reports whether the key names something else where it stands: a part of
// Amazon's name of a resource, or the outcome or time of a test.
func (s *scan) isPlace(k key, v value, c context) bool {
	text := s.text[v.start:v.end]
	switch k.text {
	case "secret":
		return k.before == ':' && c.sign == ':' && s.is(k.start-2, digit)
	case "pass", "pw":
		number := s.while(v.start, digit, len(text))
		isTime := !v.quoted && number > v.start && number < v.end && v.end-number <= 2 && hasOnly(s.text[number:v.end], alpha|high)
		return isTime || c.sign == ':' && k.name == "PASS" && (k.start == 0 || s.after(k.start, "--- "))
	case "credential", "credentials":
		return !looksRandom(text) && strings.IndexByte(text, ':') < 0
	}
	return false
}

// isNoSecret reports whether the value says that there is none, also in brackets.
func isNoSecret(text string) bool {
	return isOneOf(noSecrets, text) || len(text) < 24 && isOneOf(noSecrets, strings.Trim(text, "[](){}<>*- "))
}

// looksStrong reports whether a word can only be random: it has digits and
// letters of both cases, or is a long number in hexadecimal.
func looksStrong(text string) bool {
	if len(text) < 16 || !hasOnly(text, word|keyMark|base64Mark) && strings.IndexByte(text, '~') < 0 {
		return false
	}
	mixed := hasAny(text, digit) && hasAny(text, lower) && hasAny(text, upper)
	return mixed || len(text) >= 20 && hasOnly(text, hexBit|keyMark) && looksMixed(text)
}
