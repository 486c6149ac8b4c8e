package transfer

import (
	"fmt"
	"io"
	"sync"

	"github.com/sluice-ingest/sluice/libs/client"
)

// Silent reports nothing.
type Silent struct{}

// Started does nothing.
func (Silent) Started(int) {}

// Moved does nothing.
func (Silent) Moved(int, client.Progress) {}

// Finished does nothing.
func (Silent) Finished(int, Outcome) {}

// Close does nothing.
func (Silent) Close() {}

// Quiet reports failures only.
type Quiet struct {
	Silent

	// mu guards log.
	mu  sync.Mutex
	log io.Writer
}

// NewQuiet writes to log.
func NewQuiet(log io.Writer) *Quiet { return &Quiet{log: log} }

// Finished writes an outcome that is a failure.
func (q *Quiet) Finished(_ int, o Outcome) {
	if o.Err == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	fmt.Fprintln(q.log, failedLine(o))
}
