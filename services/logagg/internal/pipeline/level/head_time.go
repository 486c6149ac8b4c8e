package level

import "strings"

// isTime tells whether a token is a date, a time or both, in figures: also a
// day of six figures and seconds since 1970.
func isTime(token string) bool {
	token = strings.TrimRight(token, ",:")
	var digits, dots, dashes, colons int
	for i := range len(token) {
		switch c := token[i]; {
		case isDigit(c):
			digits++
		case c == '.' || c == ',':
			dots++
		case c == '-' || c == '/':
			dashes++
		case c == ':':
			colons++
		case c == 'T' || c == 'Z' || c == '+' || c == '_':
		default:
			return false
		}
	}
	switch {
	case colons > 0:
		return colons >= 1 && digits >= 3
	case dashes > 0:
		return dashes >= 1 && digits >= 4
	case dots > 0:
		return hasShape(token, "0000.00.00") || dots == 1 && digits >= 11
	default:
		return digits == 6 || digits == 8 || digits >= 10
	}
}

func isNumber(token string) bool {
	token = strings.TrimRight(token, ",:")
	return token != "" && strings.Trim(token, "0123456789") == ""
}

// isTimeWord tells whether a word belongs to a date or time: rest follows it.
func (h *head) isTimeWord(word, rest string) bool {
	switch word {
	case "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec":
		rest = strings.TrimLeft(rest, " ")
		if rest == "" || !isDigit(rest[0]) {
			return false
		}
		h.month = true
		return true
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	case "AM", "PM", "am", "pm", "UTC", "GMT", "CET", "CEST", "EET", "EEST", "EST", "EDT", "CST", "CDT",
		"MST", "MDT", "PST", "PDT", "BST", "IST", "JST", "MSK":
		return h.time
	}
	return false
}
