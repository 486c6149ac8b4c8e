package redact

import "strings"

// noSecrets are values that say that there is no secret, or what became of it.
var noSecrets = []string{
	"true", "false", "null", "nil", "none", "undefined", "empty", "missing", "required", "invalid", "valid", "expired",
	"incorrect", "unset", "string", "redacted", "filtered", "hidden", "masked", "removed", "(null)", "<nil>", "<nil",
	"%s", "%v", "%q", "chauthtok",
}

// plausible reports whether a value may be a secret.
func (s *scan) plausible(k key, v value, c context) bool {
	text := s.text[v.start:v.end]
	switch {
	case len(text) < 2, isMask(text), isTemplate(text), isOneOf(noSecrets, text):
		return false
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
	return v.quoted || c.sign != ':' || hasAny(text, ^uint16(upper|keyMark))
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
	for _, marks := range [][2]string{{"${", "}"}, {"$(", ")"}, {"{{", "}}"}, {"<", ">"}} {
		inner, opened := strings.CutPrefix(text, marks[0])
		inner, closed := strings.CutSuffix(inner, marks[1])
		if opened && closed && hasOnly(inner, word|keyMark|blank) {
			return true
		}
	}
	return len(text) > 1 && text[0] == '$' && hasOnly(text[1:], digit)
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
