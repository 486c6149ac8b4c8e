package level

import (
	"strings"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

const (
	// headLimit is how far a head is looked through.
	headLimit = 512
	// groupLimit is the length of what may be in brackets.
	groupLimit = 128
	// maxTokens is how many tokens a head may have.
	maxTokens = 32
)

// head goes over what loggers write before the message proper, token by token,
// until a level or something else comes.
type head struct {
	reader *Reader
	text   string

	nested  bool // In brackets of another head.
	time    bool // A date or time was seen.
	month   bool // A month's name was seen.
	tagged  bool // A host and program of syslog were seen.
	numbers int  // How many plain numbers were seen.
	names   int  // How many logger's names between dashes were seen.
}

// inHead returns the level in a head.
func (r *Reader) inHead(text string) entry.Level {
	h := head{reader: r, text: text[:min(len(text), headLimit)]}
	return h.level()
}

func (h *head) level() entry.Level {
	for range maxTokens {
		h.text = strings.TrimLeft(h.text, " \t,|")
		if h.text == "" {
			break
		}
		level, more := h.next()
		if !more {
			return level
		}
	}
	return entry.Unspecified
}

// next takes a token. more tells to go on; otherwise the head's level is known,
// or that it has none.
func (h *head) next() (level entry.Level, more bool) {
	switch c := h.text[0]; {
	case c == '[' || c == '(':
		return h.group()
	case c == '-' || c == ':':
		return entry.Unspecified, h.separator()
	case isDigit(c):
		return entry.Unspecified, h.digits()
	case isLetter(c):
		return h.word()
	}
	return entry.Unspecified, false
}

// separator takes dashes, or a colon on its own.
func (h *head) separator() bool {
	rest := strings.TrimLeft(h.text, h.text[:1])
	if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return false
	}
	h.text = rest
	return true
}

// digits takes a date, a time or a number. A number alone begins no head.
func (h *head) digits() bool {
	token, rest := cutToken(h.text)
	switch {
	case isTime(token):
		h.time = true
	case isNumber(token) && (h.time || h.month):
		h.numbers++
	default:
		return false
	}
	h.text = rest
	return true
}

// group takes what stands in brackets, which is a level, or has one after a
// time, or is a thread or the like.
func (h *head) group() (level entry.Level, more bool) {
	closing := byte(']')
	if h.text[0] == '(' {
		closing = ')'
	}
	end := strings.IndexByte(h.text[:min(len(h.text), groupLimit)], closing)
	if end < 0 || h.nested {
		return entry.Unspecified, false
	}
	inner := strings.TrimSpace(h.text[1:end])
	h.text = h.text[end+1:]
	if level := h.inGroup(inner); level != entry.Unspecified {
		return level, false
	}
	return entry.Unspecified, true
}

func (h *head) inGroup(inner string) entry.Level {
	if inner == "" {
		return entry.Unspecified
	}
	_, last := cutLast(inner, ':') // Apache's module, "core:error".
	if level := h.name(last); level != entry.Unspecified {
		return level
	}
	if hasShape(inner[1:], " 0000-00-00 ") || hasShape(inner[1:], " 000000 00:00:00") { // Tornado's "[E 160102 15:04:05".
		level, _ := known(string(inner[0] | 0x20))
		return level
	}
	within := head{reader: h.reader, text: inner, nested: true}
	level := within.level()
	if within.time {
		h.time, h.month = true, h.month || within.month
		return level
	}
	return entry.Unspecified
}

// name returns the level of a word of three letters or more.
func (h *head) name(word string) entry.Level {
	var buffer [longest]byte
	lower, ok := lowered(&buffer, word)
	if !ok || len(lower) < 3 || isDigit(lower[0]) {
		return entry.Unspecified
	}
	if level, ok := h.reader.name(lower); ok {
		return level
	}
	level, _ := h.reader.derived(lower)
	return level
}

// cutToken returns the text up to the first space, and the rest.
func cutToken(text string) (token, rest string) {
	end := strings.IndexAny(text, " \t\n")
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end:]
}

// cutLast cuts the text at the last separator; all of it is last without one.
func cutLast(text string, separator byte) (before, last string) {
	i := strings.LastIndexByte(text, separator)
	if i < 0 {
		return "", text
	}
	return text[:i], text[i+1:]
}
