package logfile

import (
	"strings"
	"time"
)

// klogParser reads what glog and klog write: level and date without a year, the
// thread, and the place in the source.
//
//	I0102 15:04:05.678901   12345 server.go:123] Listening
type klogParser struct{ clock *clock }

func (p klogParser) parse(line string, e *Entry) bool {
	s, m := scanner{text: line}, moment{}
	level := klogLevel(s.one("IWEF"))
	m.month = time.Month(s.two())
	m.day = s.two()
	s.one(" ")
	s.clock(&m)
	if s.failed {
		return false
	}
	thread, rest, ok := strings.Cut(strings.TrimLeft(line[s.at:], " "), " ")
	source, message, bracket := strings.Cut(rest, "]")
	if !ok || !bracket || !allDigits(thread) || !strings.Contains(source, ":") || strings.Contains(source, " ") {
		return false
	}
	if e.Time, ok = p.clock.time(m); !ok || m.dateless() {
		return false
	}
	e.Level = level
	e.set("thread", thread)
	e.set("source", source)
	e.Message = strings.TrimPrefix(message, " ")
	return true
}

func klogLevel(letter byte) string {
	switch letter {
	case 'I':
		return "info"
	case 'W':
		return "warning"
	case 'E':
		return "error"
	}
	return "fatal"
}
