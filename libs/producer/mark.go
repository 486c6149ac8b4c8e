package producer

import (
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
)

// Count is a number of items by outcome, as the service numbers outcomes.
type Count struct {
	Outcome int32
	Items   int64
}

// mark is a record that was appended and may not be durable yet.
type mark struct {
	// sequence of the last frame up to the record.
	sequence int64
	end      journal.Position
	// at and counts are those of a frame.
	at     time.Time
	counts []Count
	// before is what a record that is no frame changed, or nil.
	before *before
}

// before is what a producer was before a record.
type before struct {
	known bool
	state State
}

// marks is a queue of marks in ascending order.
type marks struct {
	queue []mark
	head  int
}

func (m *marks) push(next mark) {
	// A queue that is never empty must not grow either.
	if 2*m.head >= len(m.queue) {
		kept := copy(m.queue, m.queue[m.head:])
		clear(m.queue[kept:])
		m.queue, m.head = m.queue[:kept], 0
	}
	m.queue = append(m.queue, next)
}

func (m *marks) waiting() []mark { return m.queue[m.head:] }

// settle drops the marks up to a position and returns the sequence of the last
// of them, or none.
func (m *marks) settle(durable journal.Position, none int64) int64 {
	for m.head < len(m.queue) && m.queue[m.head].end <= durable {
		none = m.queue[m.head].sequence
		m.queue[m.head] = mark{}
		m.head++
	}
	return none
}

func (m *marks) clear() { m.queue, m.head = nil, 0 }
