package logfile

import "strings"

// criParser reads what container runtimes write for a pod. A line that was too
// long for the runtime comes in parts, of which all but the last one have a P.
//
//	2016-10-06T00:17:09.669794202Z stdout F message
type criParser struct{ clock *clock }

func (p criParser) parse(line string, e *Entry) bool {
	m, rest, ok := scanMoment(line)
	if !ok || !m.zoned || !strings.HasPrefix(rest, " ") {
		return false
	}
	stream, rest, _ := strings.Cut(rest[1:], " ")
	tag, message, _ := strings.Cut(rest, " ")
	tag, _, _ = strings.Cut(tag, ":")
	if (stream != "stdout" && stream != "stderr") || (tag != "F" && tag != "P") {
		return false
	}
	if e.Time, ok = p.clock.time(m); !ok {
		return false
	}
	e.set("stream", stream)
	e.Message = message
	if tag == "P" {
		e.rest = restMessage
	}
	return true
}
