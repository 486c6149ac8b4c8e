package service

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"sync"
)

// keptLines is how much of a service's log an error can quote.
const keptLines = 50

// Serving is the log line that a service writes when it takes calls.
type Serving struct {
	Message string `json:"msg"`
	// GRPC and Admin are the addresses that it listens at.
	GRPC  string `json:"grpc"`
	Admin string `json:"admin"`
}

// parseServing reads one line of a service's log. Other lines, of JSON or not,
// are not ok.
func parseServing(line string) (s Serving, ok bool) {
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		return Serving{}, false
	}
	return s, s.Message == "serving" && s.GRPC != ""
}

// logTail reads the log of a service for as long as it runs, so that the
// service never waits for its reader, and keeps the end of it.
type logTail struct {
	// serving gets the first line that says so.
	serving chan Serving

	// mu guards lines.
	mu    sync.Mutex
	lines []string
}

func newLogTail() *logTail {
	return &logTail{serving: make(chan Serving, 1)}
}

func (l *logTail) readAll(r io.Reader) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			l.add(line)
		}
		if err != nil {
			return
		}
	}
}

func (l *logTail) add(line string) {
	if at, ok := parseServing(line); ok {
		select {
		case l.serving <- at:
		default:
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == keptLines {
		l.lines = append(l.lines[:0], l.lines[1:]...)
	}
	l.lines = append(l.lines, line)
}

// String returns the lines that were kept.
func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
