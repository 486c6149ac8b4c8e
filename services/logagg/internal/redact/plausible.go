package redact

import "strings"

// noSecrets are values that say that there is no secret, or what became of it.
var noSecrets = []string{
	"true", "false", "null", "nil", "none", "undefined", "empty", "missing", "required", "invalid", "valid", "expired",
	"incorrect", "unset", "string", "redacted", "filtered", "hidden", "masked", "removed", "(null)", "<nil>", "<nil",
	"%s", "%v", "%q", "chauthtok", "yes", "no", "sensitive", "protected", "omitted", "obfuscated", "scrubbed", "sanitized",
	"same-origin", "include", "falsch", "unknown", "unchanged", "unavailable", "disabled", "enabled", "not set",
}

// plausible reports whether a value may be a secret.
func (s *scan) plausible(k key, v value, c context) bool {
	text := s.text[v.start:v.end]
	switch {
	case len(text) < 2, isMask(text), isTemplate(text), isNoSecret(text), !v.quoted && placeholders[strings.ToLower(text)]:
		return false
	case k.quoted && !v.quoted, k.random && !looksStrong(text), s.isProse(v, c), s.isCode(v), s.isPlace(k, v, c):
		return false
	case k.code:
		return len(text) >= 3 && len(text) <= 8 && hasOnly(text, digit)
	case len(text) < 4 && !hasAny(text, word|high):
		return false
	case k.text == "pass_wd" && !v.quoted && s.has(v.start, "all authentication tokens"):
		return false
	case k.before == '/' && len(text) == 3 && hasOnly(text, digit):
		return false // the status of a request to such a path
	case s.isMarkOnly(v):
		return false
	}
	least := k.least()
	if k.isWorkingDirectory(text) {
		s.pairsFrom = max(s.pairsFrom, v.end)
		return false
	}
	if least == 0 {
		return true
	}
	if len(text) < least || len(text) < 6 && hasOnly(text, digit) {
		return false
	}
	return v.quoted || c.sign != ':' || !hasOnly(text, upper|keyMark)
}

func (s *scan) isMarkOnly(v value) bool {
	end, ok := s.markEnd(v.start)
	return ok && end == v.end
}

// isMask reports whether somebody else made the value unreadable.
func isMask(text string) bool {
	return text != "" && (strings.Trim(text, "*") == "" || strings.Trim(text, "•") == "" || strings.Trim(text, "xX") == "")
}

// isTemplate reports whether the value stands for one that is put in later.
func isTemplate(text string) bool {
	for _, marks := range templates {
		inner, opened := strings.CutPrefix(text, marks.open)
		inner, closed := strings.CutSuffix(inner, marks.shut)
		if opened && closed && hasOnly(inner, marks.mask) {
			return true
		}
	}
	if len(text) < 2 {
		return false
	}
	switch text[0] {
	case '$':
		return hasOnly(text[1:], digit) || hasOnly(text[1:], upper|keyMark)
	case ':', '@':
		_, ok := placeholders[strings.ToLower(text[1:])]
		return ok
	}
	return false
}

// templates are the marks around the name of a value, and what the name is of.
var templates = []struct {
	open, shut string
	mask       uint16
}{
	{"${", "}", word | keyMark | blank}, {"$(", ")", word | keyMark | blank}, {"{{", "}}", word | keyMark | blank},
	{"<", ">", alpha | keyMark | blank}, {"<", "", lower | upper | keyMark}, {"{", "}", lower | keyMark},
}

// placeholders are names that SQL gives a parameter.
var placeholders = map[string]bool{
	"password": true, "pass": true, "pwd": true, "token": true, "secret": true, "passwd": true, "hash": true,
}

func isOneOf(list []string, text string) bool {
	for _, candidate := range list {
		if strings.EqualFold(candidate, text) {
			return true
		}
	}
	return false
}

func hasAny(text string, mask uint16) bool {
	for i := range len(text) {
		if is(text[i], mask) {
			return true
		}
	}
	return false
}

func hasOnly(text string, mask uint16) bool {
	for i := range len(text) {
		if !is(text[i], mask) {
			return false
		}
	}
	return true
}

// looksRandom reports whether a word is more than one of a language.
func looksRandom(text string) bool {
	return len(text) >= 8 && hasAny(text, digit) && hasAny(text, alpha) || len(text) >= 20
}
