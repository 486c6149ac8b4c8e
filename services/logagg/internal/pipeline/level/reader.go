package level

import (
	"bytes"
	"strings"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Reader reads levels. The zero Reader takes numbers as syslog's. It must not
// be changed while it is used, and is then safe for concurrent use.
type Reader struct {
	// Numbers is what a number means.
	Numbers Scale
	// Own are levels by their names in small letters; they go before those that
	// are known.
	Own map[string]entry.Level
}

// Parse returns the level of a text that is nothing but a level: a name in any
// case, in brackets or with a colon if it must be, or a number. ok is false for
// what is not known.
func (r *Reader) Parse(text string) (level entry.Level, ok bool) {
	var buffer [longest]byte
	lower, ok := lowered(&buffer, undecorated(text))
	if !ok {
		return entry.Unspecified, false
	}
	if level, ok := r.name(lower); ok {
		return level, true
	}
	if n, ok := number(lower); ok {
		return r.Numbers.level(n)
	}
	return r.derived(lower)
}

// name returns the level of a name in small letters, as it stands.
func (r *Reader) name(lower []byte) (entry.Level, bool) {
	if len(r.Own) > 0 {
		if level, ok := r.Own[string(lower)]; ok {
			return level, true
		}
	}
	return known(string(lower))
}

// derived returns the level of names such as LOG_ERR, LEVEL_WARN, DEBUG2 and
// INFO4.
func (r *Reader) derived(lower []byte) (entry.Level, bool) {
	short := bytes.TrimPrefix(bytes.TrimPrefix(lower, []byte("log_")), []byte("level_"))
	if last := len(short) - 1; last >= 4 && '1' <= short[last] && short[last] <= '5' {
		short = short[:last]
	}
	if len(short) == len(lower) || len(short) < 3 {
		return entry.Unspecified, false
	}
	return r.name(short)
}

// undecorated returns the text without spaces, one pair of brackets and a colon
// around it.
func undecorated(text string) string {
	if text != "" && isLetter(text[0]) && isLetter(text[len(text)-1]) {
		return text
	}
	text = strings.TrimSuffix(strings.TrimSpace(text), ":")
	if n := len(text); n > 2 && (text[0] == '[' && text[n-1] == ']' || text[0] == '<' && text[n-1] == '>') {
		text = strings.TrimSpace(text[1 : n-1])
	}
	return text
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func isLetter(c byte) bool { return isUpper(c &^ 0x20) }
