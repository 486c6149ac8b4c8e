package logfile

import (
	"strings"

	"github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/rfc5424"
)

// rfc5424Parser reads syslog with structured data, of which each parameter
// becomes a field of its element's name and its own.
//
//	<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [id@1 k="v"] message
type rfc5424Parser struct{ machine syslog.Machine }

func newRFC5424Parser() parser { return rfc5424Parser{rfc5424.NewMachine()} }

func (p rfc5424Parser) parse(line string, e *Entry) bool {
	if !strings.HasPrefix(line, "<") {
		return false
	}
	got, err := p.machine.Parse([]byte(shortFraction(line)))
	message, ok := got.(*rfc5424.SyslogMessage)
	if err != nil || !ok || message.Timestamp == nil || !isYear(message.Timestamp.UTC().Year()) {
		return false
	}
	e.Time = *message.Timestamp
	setPriority(int(*message.Priority), e)
	e.Application = applicationName(value(message.Appname))
	e.set("host", value(message.Hostname))
	e.set("program", value(message.Appname))
	e.set("pid", value(message.ProcID))
	e.set("msgid", value(message.MsgID))
	e.Message = strings.TrimPrefix(value(message.Message), byteOrderMark)
	setStructuredData(message, e)
	return true
}

func setStructuredData(message *rfc5424.SyslogMessage, e *Entry) {
	if message.StructuredData == nil {
		return
	}
	for id, parameters := range *message.StructuredData {
		for name, value := range parameters {
			e.set(id+"."+name, value)
		}
	}
}

// shortFraction cuts the fraction of the timestamp to the six digits that the
// RFC allows. Some programs write nine.
func shortFraction(line string) string {
	_, rest, _ := strings.Cut(line, " ")
	stamp, _, _ := strings.Cut(rest, " ")
	_, fraction, _ := strings.Cut(stamp, ".")
	digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
	if digits <= 6 {
		return line
	}
	end := len(line) - len(rest) + len(stamp) - len(fraction) + 6
	return line[:end] + line[end+digits-6:]
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
