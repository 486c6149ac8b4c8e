package logfile

import "strings"

// log4jParser reads lines that begin with a timestamp, in brackets or not, or
// with a level and a timestamp. What follows is taken apart as far as it is
// certain: anything else stays in the message.
//
//	[2016-12-19 20:44:59,210] TRACE message (logger)
//	2024-01-02 03:04:05.678 [thread] ERROR c.e.Class - message
//	2024-01-02 03:04:05,678 - logger - ERROR - message
//	2024-01-02T03:04:05.678+01:00  INFO 12345 --- [thread] c.e.Class : message
type log4jParser struct{ clock *clock }

func (p log4jParser) parse(line string, e *Entry) bool {
	level, text := cutFirstLevel(line)
	text, bracketed := strings.CutPrefix(text, "[")
	m, rest, ok := scanMoment(text)
	if !ok || (m.dateless() && bracketed) {
		return false
	}
	at, ok := p.clock.time(m)
	if !ok {
		return false
	}
	e.Time, e.Level = at, level
	h := head{entry: e, rest: rest, level: level}
	if bracketed {
		h.closeBracket()
	}
	h.read()
	if looksLikeJavaHead(m, e) {
		e.rest = restLevel
	}
	return true
}

// cutFirstLevel takes a level off that stands before the timestamp.
func cutFirstLevel(line string) (level, rest string) {
	text := strings.TrimPrefix(line, "[")
	end := strings.IndexAny(text, " ]:\t")
	if end <= 0 || !isLoudLevel(text[:end]) {
		return "", line
	}
	return text[:end], strings.TrimLeft(text[end:], "]: \t")
}

// looksLikeJavaHead tells whether the line is the first one of two that
// java.util.logging writes: class and method, and then level and message.
func looksLikeJavaHead(m moment, e *Entry) bool {
	return m.year != 0 && e.Level == "" && len(strings.Fields(e.Message)) == 2 && strings.Contains(e.Message, ".")
}

// javaLevel takes the level off the second line of java.util.logging.
func javaLevel(line string) (level, message string, ok bool) {
	level, message, ok = strings.Cut(line, ": ")
	return level, message, ok && isLoudLevel(level)
}
