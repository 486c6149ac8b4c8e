package level

import (
	"strings"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// word takes a token that begins with a letter.
func (h *head) word() (level entry.Level, more bool) {
	if level, more, ok := h.pair(); ok {
		return level, more
	}
	word, rest := cutWord(h.text)
	if level := h.marked(word, rest); level != entry.Unspecified {
		return level, false
	}
	if h.isTimeWord(word, rest) || word == "PHP" {
		h.text = rest
		return entry.Unspecified, true
	}
	if h.passed() {
		return entry.Unspecified, true
	}
	return h.onNextLine(), false
}

// cutWord returns the letters at the beginning, with digits that follow them,
// and the rest.
func cutWord(text string) (word, rest string) {
	n := 0
	for n < len(text) && (isLetter(text[n]) || n > 0 && isDigit(text[n])) {
		n++
	}
	return text[:n], text[n:]
}

// marked returns the level that a word is, when it is marked as one: by
// capitals, a colon, or a gap after a time.
func (h *head) marked(word, rest string) entry.Level {
	if level := h.letter(word, rest); level != entry.Unspecified {
		return level
	}
	level := h.name(word)
	if level == entry.Unspecified {
		return level
	}
	colon := rest == "" || rest[0] == ':'
	switch {
	case strings.EqualFold(word, "fatal") && hasFold(rest, " error:"):
		return level
	case inCapitals(word):
		if h.ends(word, rest) && (colon || h.time || isPlain(word)) {
			return level
		}
	case colon && len(rest) > 1 && isSpace(rest[1]) && isPlain(word):
		return level
	case h.time && isPlain(word) && (strings.HasPrefix(rest, "  ") || strings.HasPrefix(rest, "\t")):
		return level
	}
	return entry.Unspecified
}

// ends tells whether a word in capitals ends where a level would.
func (h *head) ends(word, rest string) bool {
	if rest == "" || strings.IndexByte(":|[]\n\t", rest[0]) >= 0 {
		return true
	}
	// "TRACE /path" is a request of HTTP.
	return rest[0] == ' ' && (h.time || word != "TRACE" || !strings.HasPrefix(rest, " /"))
}

// letter returns the level of Android's "03-17 16:13:38.811 1702 2395 D Tag:".
func (h *head) letter(word, rest string) entry.Level {
	if len(word) != 1 || !h.time || h.numbers < 2 || !strings.HasPrefix(rest, " ") {
		return entry.Unspecified
	}
	switch word {
	case "V", "D", "I", "W", "E", "F", "A":
		level, _ := known(string(word[0] | 0x20))
		return level
	}
	return entry.Unspecified
}

// isPlain tells whether a word means a level also where words in general may
// stand: "note", "log" and the like do not.
func isPlain(word string) bool {
	var buffer [longest]byte
	lower, _ := lowered(&buffer, word)
	switch strings.TrimRight(string(lower), "12345") {
	case "log", "http", "all", "config", "fine", "finer", "finest", "note", "success", "statement", "failure",
		"verbose", "silly", "assert", "information", "informational":
		return false
	}
	return true
}

// passed takes what loggers put between the time and the level: a logger's name
// between dashes, a user of PostgreSQL, host and program of syslog.
func (h *head) passed() bool {
	if !h.time {
		return false
	}
	token, rest := cutToken(h.text)
	switch {
	case h.names < 2 && strings.HasPrefix(rest, " - "):
		h.names++
	case strings.IndexByte(token, '@') > 0:
	default:
		return h.syslog(rest)
	}
	h.text = rest
	return true
}

// syslog takes host and program, "web-1 sshd[1291]:"; rest follows the host.
func (h *head) syslog(rest string) bool {
	tag, rest := cutToken(strings.TrimLeft(rest, " "))
	if h.tagged || !strings.HasSuffix(tag, ":") || !h.month && !strings.HasSuffix(tag, "]:") {
		return false
	}
	*h = head{reader: h.reader, text: rest, tagged: true, nested: h.nested}
	return true
}

// onNextLine returns the level that java.util.logging writes on a line of its
// own after the one with the time.
func (h *head) onNextLine() entry.Level {
	_, line, ok := strings.Cut(h.text, "\n")
	if !ok || !h.time || !h.month {
		return entry.Unspecified
	}
	word, rest := cutWord(line)
	if !inCapitals(word) || !strings.HasPrefix(rest, ":") {
		return entry.Unspecified
	}
	return h.name(word)
}

// pair takes key=value. ok is false when the token is no pair.
func (h *head) pair() (level entry.Level, more, ok bool) {
	end := strings.IndexAny(h.text, "= \t\n\"[(:")
	if end <= 0 || h.text[end] != '=' {
		return entry.Unspecified, false, false
	}
	key, rest := h.text[:end], h.text[end+1:]
	var value string
	if s := (jsonScanner{text: rest}); strings.HasPrefix(rest, `"`) {
		if value, ok = s.quoted(); !ok {
			return entry.Unspecified, false, true
		}
		h.text = s.text
	} else {
		value, h.text = cutToken(rest)
	}
	if !isLevelKey(key) {
		return entry.Unspecified, true, true
	}
	level, _ = h.reader.Parse(value)
	return level, false, true
}

func hasFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// inCapitals tells whether a word has no small letter.
func inCapitals(word string) bool {
	for i := range len(word) {
		if 'a' <= word[i] && word[i] <= 'z' {
			return false
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }
