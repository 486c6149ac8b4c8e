package level

import (
	"strings"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// InMessage returns the level that stands in a message, or Unspecified. The
// package's documentation says where it is looked for.
func (r *Reader) InMessage(message string) entry.Level {
	text := strings.TrimLeft(message, " \t\r\n")
	if text == "" {
		return entry.Unspecified
	}
	switch c := text[0]; {
	case c == '<':
		if level, ok := priority(text); ok {
			return level
		}
	case c == '{':
		return r.inJSON(text)
	case isUpper(c):
		if level, ok := r.lettered(text); ok {
			return level
		}
	}
	return r.inHead(text)
}

// priority reads "<34>", whose lower three bits are the severity.
func priority(text string) (entry.Level, bool) {
	end := strings.IndexByte(text[:min(len(text), 5)], '>')
	if end < 2 {
		return entry.Unspecified, false
	}
	n, ok := number([]byte(text[1:end]))
	if !ok || n > 191 {
		return entry.Unspecified, false
	}
	return severity(n & 7), true
}

// lettered reads glog's "E0102 15:04:05.123456" and Ruby's "E, [2024-01-02T…",
// where one letter is the level.
func (r *Reader) lettered(text string) (entry.Level, bool) {
	if !hasShape(text[1:], "0000 00:00:00") && !hasShape(text[1:], ", [0000-00-00T") {
		return entry.Unspecified, false
	}
	return known(string(text[0] | 0x20))
}

// hasShape tells whether the text begins like the shape, in which 0 stands for
// any digit.
func hasShape(text, shape string) bool {
	if len(text) < len(shape) {
		return false
	}
	for i := range len(shape) {
		if c := text[i]; c != shape[i] && (shape[i] != '0' || !isDigit(c)) {
			return false
		}
	}
	return true
}
