package core

import "github.com/sluice-ingest/sluice/services/logagg/internal/frame"

// scratch is the memory that taking a frame needs. Streams borrow it, so that
// one that waits has none.
type scratch struct {
	frame   frame.Frame
	encoded []byte
}

// keptEncoded is the largest encoded record whose memory is used again.
const keptEncoded = 4 << 20

func (a *Aggregator) borrow() *scratch {
	if s, ok := a.scratches.Get().(*scratch); ok {
		return s
	}
	return &scratch{frame: a.newFrame()}
}

// giveBack takes back what was borrowed, without what it refers to.
func (a *Aggregator) giveBack(s *scratch) {
	s.frame.Reset()
	if cap(s.encoded) > keptEncoded {
		s.encoded = nil
	}
	a.scratches.Put(s)
}
