package logfile

import "strings"

// nginxErrorParser reads the error log of nginx. The message keeps the pairs at
// its end, which become fields.
//
//	2015/05/17 10:05:03 [error] 31#0: *1 open() "/a" failed (2: …), client: 1.2.3.4, server: b, request: "GET /a HTTP/1.1", host: "b"
type nginxErrorParser struct{ clock *clock }

func (p nginxErrorParser) parse(line string, e *Entry) bool {
	m, rest, ok := scanMoment(line)
	if !ok || byteAt(line, 4) != '/' || !strings.HasPrefix(rest, " [") {
		return false
	}
	level, rest, ok := strings.Cut(rest[len(" ["):], "] ")
	if !ok || !isLevel(level) {
		return false
	}
	process, message, ok := strings.Cut(rest, ": ")
	pid, thread, isPair := strings.Cut(process, "#")
	if !ok || !isPair || !allDigits(pid) || !allDigits(thread) {
		return false
	}
	if e.Time, ok = p.clock.time(m); !ok {
		return false
	}
	e.Level = level
	e.set("pid", pid)
	e.set("tid", thread)
	e.Message = cutConnection(message, e)
	setNginxPairs(e.Message, e)
	return true
}

// cutConnection takes the connection's number off.
func cutConnection(message string, e *Entry) string {
	number, rest, ok := strings.Cut(message, " ")
	if connection, star := strings.CutPrefix(number, "*"); ok && star && allDigits(connection) {
		e.set("connection", connection)
		return rest
	}
	return message
}

// setNginxPairs reads what stands behind the message proper.
func setNginxPairs(message string, e *Entry) {
	for name, field := range map[string]string{
		"client": "client", "server": "server", "host": "host", "upstream": "upstream", "referrer": "referrer", "request": "",
	} {
		at := strings.LastIndex(message, ", "+name+": ")
		if at < 0 {
			continue
		}
		value := message[at+len(", ")+len(name)+len(": "):]
		if inner, _, ok := cutQuoted(value); ok {
			value = inner
		} else {
			value, _, _ = strings.Cut(value, ", ")
		}
		if field == "" {
			setRequest(value, e)
			continue
		}
		e.set(field, value)
	}
}
