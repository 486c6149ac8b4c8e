package logfile

import (
	"strconv"
	"strings"
)

// rfc3164Parser reads BSD syslog with and without its priority. The timestamp
// may also be one of RFC 3339, as rsyslog and journalctl write it.
//
//	<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed
type rfc3164Parser struct{ clock *clock }

func (p rfc3164Parser) parse(line string, e *Entry) bool {
	priority, text, ok := cutPriority(line)
	if !ok {
		return false
	}
	m, rest, ok := scanMoment(text)
	if !ok || m.dateless() || !strings.HasPrefix(rest, " ") || strings.Contains(text[:len("Jan 02,")], ",") {
		return false
	}
	host, rest, ok := strings.Cut(rest[1:], " ")
	if !ok || !isHost(host) {
		return false
	}
	tag := cutTag(rest)
	if isDigit(text[0]) && (text[len("2006-01-02")] != 'T' || !tag.afterISO(host)) {
		return false
	}
	if e.Time, ok = p.clock.time(m); !ok {
		return false
	}
	e.set("host", host)
	setPriority(priority, e)
	tag.put(e)
	return true
}

// cutPriority takes <34> off; -1 without it. It is false for what begins like
// one and is none.
func cutPriority(line string) (priority int, rest string, ok bool) {
	if !strings.HasPrefix(line, "<") {
		return -1, line, true
	}
	number, rest, ok := strings.Cut(line[1:], ">")
	if !ok || len(number) > 3 || !allDigits(number) {
		return -1, line, false
	}
	priority, err := strconv.Atoi(number)
	return priority, rest, err == nil && priority <= 191
}

func setPriority(priority int, e *Entry) {
	if priority < 0 {
		return
	}
	e.Level = severityName(priority & 7)
	e.set("facility", facilityName(priority>>3))
}

func isHost(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune("._:-%", r)
	}) < 0
}

// syslogTag is the program at the beginning of a message, with the message.
type syslogTag struct{ program, pid, message string }

// afterISO tells whether host and tag are some. Many a program's own log begins
// with a timestamp of RFC 3339, too.
func (t syslogTag) afterISO(host string) bool {
	return t.program != "" && !isLevel(host) && !isLevel(t.program)
}

// cutTag reads `program[pid]: message`. Without a colon, and without a pid, all
// is the message. One space behind the colon belongs to the tag.
func cutTag(text string) syslogTag {
	end := strings.IndexAny(text, " :[")
	if end <= 0 {
		return syslogTag{message: text}
	}
	tag := syslogTag{program: text[:end]}
	rest := text[end:]
	if rest[0] == '[' {
		pid, behind, ok := strings.Cut(rest[1:], "]")
		if !ok || strings.ContainsAny(pid, " [") || pid == "" {
			return syslogTag{message: text}
		}
		tag.pid, rest = pid, behind
	}
	behind, colon := strings.CutPrefix(rest, ":")
	if behind != "" && behind[0] != ' ' || !colon && tag.pid == "" {
		return syslogTag{message: text}
	}
	tag.message = strings.TrimPrefix(behind, " ")
	return tag
}

func (t syslogTag) put(e *Entry) {
	e.Application = applicationName(t.program)
	e.set("program", t.program)
	e.set("pid", t.pid)
	e.Message = t.message
}
