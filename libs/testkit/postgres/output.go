package postgres

import (
	"bytes"
	"sync"
)

// readyLine is logged when connections are taken in.
const readyLine = "database system is ready to accept connections"

// output keeps what a server writes and tells when it is ready. Safe for
// concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	// ready is closed by the first readyLine.
	ready chan struct{}
	told  bool
}

func newOutput() *output { return &output{ready: make(chan struct{})} }

// Write never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if !o.told && bytes.Contains(o.text.Bytes(), []byte(readyLine)) {
		o.told = true
		close(o.ready)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
