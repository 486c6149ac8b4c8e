package logfile

import "strings"

// maxHead is how many parts may stand between the timestamp and the level.
const maxHead = 5

// head is what stands between the timestamp and the message.
type head struct {
	entry *Entry
	rest  string
	// level is set once it was found.
	level               string
	pid, thread, logger string
}

// closeBracket goes behind the bracket that was opened before the timestamp.
// Level and logger may stand in it, too.
func (h *head) closeBracket() {
	inside, behind, ok := strings.Cut(h.rest, "]")
	if !ok {
		return
	}
	h.rest = behind
	for word := range strings.FieldsSeq(inside) {
		switch {
		case h.level == "" && isLevel(word):
			h.level = word
		case h.logger == "":
			h.logger = word
		}
	}
}

// read fills the entry.
func (h *head) read() {
	h.rest = strings.TrimLeft(h.rest, " \t")
	if h.level == "" {
		h.findLevel()
	}
	if h.level != "" {
		h.behindLevel()
	}
	e := h.entry
	e.Level = h.level
	e.set("pid", h.pid)
	e.set("thread", h.thread)
	e.set("logger", h.logger)
	e.Message = h.rest
}

// findLevel looks for the level in the first parts. Without one everything is
// the message.
func (h *head) findLevel() {
	before := *h
	for range maxHead {
		h.rest = trimSeparator(h.rest)
		if h.bracket() || h.word() {
			if h.level != "" {
				return
			}
			continue
		}
		break
	}
	*h = before
	h.rest = trimSeparator(h.rest)
}

// bracket takes a part in brackets: a level, or the thread.
func (h *head) bracket() bool {
	if !strings.HasPrefix(h.rest, "[") && !strings.HasPrefix(h.rest, "(") {
		return false
	}
	end := strings.IndexAny(h.rest, "])")
	if end < 0 {
		return false
	}
	inside := strings.TrimSpace(h.rest[1:end])
	h.rest = h.rest[end+1:]
	// Apache puts the module before the level.
	name := inside[strings.LastIndexByte(inside, ':')+1:]
	switch {
	case isLevel(name):
		h.level = name
		h.logger = strings.TrimSuffix(strings.TrimSuffix(inside, name), ":")
	case h.thread == "":
		h.thread = inside
	}
	return true
}

// word takes a word that is a level, a number, or a logger before a separator.
func (h *head) word() bool {
	end := strings.IndexAny(h.rest, " \t")
	if end < 0 {
		end = len(h.rest)
	}
	word := strings.TrimRight(h.rest[:end], ":|,")
	marked := len(word) < end || strings.HasPrefix(h.rest[end:], "\t")
	switch {
	case word == "":
		return false
	case isLoudLevel(word), isLevel(word) && (marked || atSeparator(h.rest[end:])):
		h.level = word
	case allDigits(word):
		h.pid = word
	case atSeparator(h.rest[end:]) || strings.Contains(word, "."):
		h.logger = word
	default:
		return false
	}
	h.rest = h.rest[end:]
	return true
}

// behindLevel takes thread and logger off, where they are marked as such.
func (h *head) behindLevel() {
	adjacent := strings.HasPrefix(h.rest, "[")
	h.rest = trimSeparator(strings.TrimLeft(h.rest, ":"))
	h.springHead()
	h.apacheFields()
	if adjacent {
		h.adjacentLogger()
	}
	h.threadAndLogger()
	h.loggerAtEnd()
	h.rest = trimSeparator(h.rest)
}

// springHead takes `12345 --- [application] [thread]` off.
func (h *head) springHead() {
	pid, rest, ok := strings.Cut(h.rest, " --- ")
	if !ok || !allDigits(pid) {
		return
	}
	h.pid, h.rest = pid, rest
	for strings.HasPrefix(h.rest, "[") {
		inside, behind, ok := strings.Cut(h.rest[1:], "]")
		if !ok {
			return
		}
		h.thread, h.rest = strings.TrimSpace(inside), strings.TrimLeft(behind, " ")
	}
}

// apacheFields takes `[pid 1:tid 2] [client 1.2.3.4:5]` off.
func (h *head) apacheFields() {
	for strings.HasPrefix(h.rest, "[pid ") || strings.HasPrefix(h.rest, "[client ") {
		inside, behind, ok := strings.Cut(h.rest[1:], "]")
		if !ok {
			return
		}
		h.rest = strings.TrimLeft(behind, " ")
		name, value, _ := strings.Cut(inside, " ")
		if process, thread, ok := strings.Cut(value, ":tid "); ok && name == "pid" {
			h.entry.set("tid", thread)
			value = process
		}
		h.entry.set(name, value)
	}
}

// adjacentLogger takes `[logger]` off that follows `][` at once.
func (h *head) adjacentLogger() {
	inside, behind, ok := strings.Cut(strings.TrimPrefix(h.rest, "["), "]")
	if name := strings.TrimSpace(inside); ok && h.logger == "" && isLogger(name) {
		h.logger, h.rest = name, strings.TrimLeft(behind, " ")
	}
}

// threadAndLogger takes `[thread] logger - ` off, of which the thread may be
// missing. A single word without a dot is a logger only behind a thread.
func (h *head) threadAndLogger() {
	thread, rest := h.thread, h.rest
	if inside, behind, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]"); ok && rest[0] == '[' {
		thread, rest = inside, strings.TrimLeft(behind, " ")
	}
	end := strings.IndexAny(rest, " \t")
	if h.logger != "" || end < 0 {
		return
	}
	name, colon := strings.CutSuffix(rest[:end], ":")
	if !isLogger(name) || (thread == "" && !strings.ContainsAny(name, ".:")) {
		return
	}
	if colon || atSeparator(rest[end:]) || (rest[end] == '\t' && strings.Contains(name, ".")) {
		h.thread, h.logger, h.rest = thread, name, rest[end:]
	}
}

// loggerAtEnd takes ` (logger)` off the end, as Kafka writes it.
func (h *head) loggerAtEnd() {
	at := strings.LastIndex(h.rest, " (")
	name, ok := strings.CutSuffix(h.rest[at+1:], ")")
	if at < 0 || !ok || h.logger != "" {
		return
	}
	if name = name[1:]; strings.Contains(name, ".") && isLogger(name) {
		h.logger, h.rest = name, h.rest[:at]
	}
}

// isLogger tells whether a name can be that of a logger, or a place in a source.
func isLogger(name string) bool {
	return name != "" && isLetter(name[0]) && strings.IndexFunc(name, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune("._:$/-#", r)
	}) < 0
}

// atSeparator tells whether a separator stands next, between spaces.
func atSeparator(text string) bool {
	text = strings.TrimLeft(text, " \t")
	for _, separator := range []string{"- ", "| ", ": ", "-- ", "--- "} {
		if strings.HasPrefix(text, separator) {
			return true
		}
	}
	return false
}

// trimSeparator takes white space and a separator off the beginning.
func trimSeparator(text string) string {
	text = strings.TrimLeft(text, " \t")
	if atSeparator(text) {
		text = strings.TrimLeft(strings.TrimLeft(text, "-|:"), " \t")
	}
	return text
}
