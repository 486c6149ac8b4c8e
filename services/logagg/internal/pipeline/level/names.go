package level

import "github.com/sluice-ingest/sluice/services/logagg/internal/entry"

// longest is the length of the longest name that is known, with a prefix and a
// digit.
const longest = 32

// known returns the level of a name in small letters. The unspecified level is
// what a logger writes for none.
func known(name string) (entry.Level, bool) {
	switch name {
	case "trace", "trc", "trce", "t", "finest", "finer", "verbose", "vrb", "v", "silly", "all":
		return entry.Trace, true
	case "debug", "dbg", "dbug", "d", "fine", "config":
		return entry.Debug, true
	case "info", "inf", "i", "information", "informational", "notice", "note", "ntc", "n", "success", "log", "statement", "http":
		return entry.Info, true
	case "warn", "warning", "wrn", "w":
		return entry.Warn, true
	case "error", "err", "e", "severe", "fail", "failure":
		return entry.Error, true
	case "fatal", "ftl", "f", "critical", "crit", "crt", "c", "alert", "emergency", "emerg", "panic", "dpanic", "assert", "a":
		return entry.Fatal, true
	case "unspecified", "notset", "default", "none", "-":
		return entry.Unspecified, true
	}
	return entry.Unspecified, false
}

// Named returns the level of a name in any case, on its own as a configuration
// has it.
func Named(name string) (entry.Level, bool) {
	var buffer [longest]byte
	lower, ok := lowered(&buffer, name)
	if !ok {
		return entry.Unspecified, false
	}
	return known(string(lower))
}

// lowered puts the text into the buffer in small letters. ok is false for what
// is too long or can't be a name or number.
func lowered(buffer *[longest]byte, text string) (lower []byte, ok bool) {
	if text == "" || len(text) > len(buffer) {
		return nil, false
	}
	for i := range len(text) {
		c := text[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c < ' ' || c >= 0x7f:
			return nil, false
		}
		buffer[i] = c
	}
	return buffer[:len(text)], true
}
