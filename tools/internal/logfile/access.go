package logfile

import (
	"net/netip"
	"strings"
)

// accessParser reads the common and the combined format, also with the name of
// the virtual host before them.
//
//	83.149.9.216 - frank [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 2326 "http://b/" "Mozilla/5.0"
type accessParser struct{ clock *clock }

func (p accessParser) parse(line string, e *Entry) bool {
	who, rest, ok := strings.Cut(line, " [")
	if !ok {
		return false
	}
	m, rest, ok := scanMoment(rest)
	if !ok || m.year == 0 || !strings.HasPrefix(rest, `] "`) {
		return false
	}
	request, rest, ok := cutQuoted(rest[len(`] `):])
	if !ok {
		return false
	}
	if e.Time, ok = p.clock.time(m); !ok {
		return false
	}
	status, rest, _ := strings.Cut(strings.TrimPrefix(rest, " "), " ")
	size, rest, _ := strings.Cut(rest, " ")
	if len(status) != 3 || !allDigits(status) || (size != "-" && !allDigits(size)) || !setAccessUser(who, e) {
		return false
	}
	e.Level, e.Message = levelOfStatus(status), line
	setRequest(request, e)
	e.set("status", status)
	e.set("bytes", told(size))
	for _, name := range []string{"referrer", "user_agent"} {
		var value string
		if value, rest, ok = cutQuoted(strings.TrimPrefix(rest, " ")); !ok {
			break
		}
		e.set(name, told(value))
	}
	return true
}

// setAccessUser reads `client identity user`, which a virtual host may stand
// before. A user may have spaces.
func setAccessUser(who string, e *Entry) bool {
	client, rest, ok := strings.Cut(who, " ")
	identity, user, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || client == "" {
		return false
	}
	if _, err := netip.ParseAddr(identity); err == nil {
		e.set("vhost", client)
		return setAccessUser(rest, e)
	}
	e.set("client", client)
	e.set("ident", told(identity))
	e.set("user", told(user))
	return true
}

// setRequest reads `GET /path HTTP/1.1`. What is none stays whole, such as the
// first bytes of a TLS handshake.
func setRequest(request string, e *Entry) {
	method, rest, ok := strings.Cut(request, " ")
	at := strings.LastIndexByte(rest, ' ')
	if !ok || method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != "" {
		e.set("request", told(request))
		return
	}
	e.set("method", method)
	if at >= 0 && strings.HasPrefix(rest[at+1:], "HTTP/") {
		e.set("protocol", rest[at+1:])
		rest = rest[:at]
	}
	e.set("path", rest)
}

// levelOfStatus is error where the server failed and warn where the client did.
func levelOfStatus(status string) string {
	switch {
	case status >= "500":
		return "error"
	case status >= "400":
		return "warn"
	}
	return "info"
}

// told is a value, or empty for the dash that stands for none.
func told(value string) string {
	if value == "-" {
		return ""
	}
	return value
}

func allDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// cutQuoted takes a text in double quotes off. In it a backslash stands before
// a quote and before itself; other escapes stay as they are.
func cutQuoted(text string) (inner, rest string, ok bool) {
	if text == "" || text[0] != '"' {
		return "", text, false
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return unescape(text[1:i]), text[i+1:], true
		}
	}
	return "", text, false
}

func unescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text)
}
