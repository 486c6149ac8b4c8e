package testkit

import (
	"bytes"
	"encoding/json"
	"sync"
)

// serving is the log line by which a service tells its addresses.
type serving struct {
	Message string `json:"msg"`
	GRPC    string `json:"grpc"`
	Admin   string `json:"admin"`
}

// logBuffer keeps what a process writes and finds the first "serving" line in
// it. Safe for concurrent use.
type logBuffer struct {
	mu      sync.Mutex
	text    bytes.Buffer
	scanned int
	found   bool
	// serving gets the line once.
	serving chan serving
}

func newLogBuffer() *logBuffer {
	return &logBuffer{serving: make(chan serving, 1)}
}

// Write never fails.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Write(p)
	if !b.found {
		b.scan()
	}
	return len(p), nil
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// scan looks at the whole lines that it has not seen. The caller holds mu.
func (b *logBuffer) scan() {
	for !b.found {
		rest := b.text.Bytes()[b.scanned:]
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return
		}
		b.scanned += end + 1
		var line serving
		if json.Unmarshal(rest[:end], &line) == nil && line.Message == "serving" {
			b.found = true
			b.serving <- line
		}
	}
}

// tail returns the last lines of text, at most n.
func tail(text string, n int) string {
	for i := len(text) - 2; i >= 0; i-- {
		if text[i] != '\n' {
			continue
		}
		n--
		if n == 0 {
			return text[i+1:]
		}
	}
	return text
}
