package frames

import "github.com/sluice-ingest/sluice/libs/problem"

// Header is what a message says around its items.
type Header struct {
	ProducerID      []byte
	Epoch, Sequence int64
	// Items is how many items the message has.
	Items int
}

// Admit checks a message's header against the stream. It returns the frame's
// sequence and whether the frame is new; a repeat is to be counted and dropped. A
// message without a frame has sequence 0. item is what the service calls an
// item, in the plural.
func (s *Stream) Admit(h *Header, items string) (sequence int64, fresh bool, err error) {
	sequence, err = s.checkHeader(h, items)
	if err != nil || sequence == 0 {
		return 0, false, err
	}
	fresh, err = s.producer.Admit(sequence)
	if err == nil && !fresh && h.Items > 0 {
		s.repeats = true
	}
	return sequence, fresh, err
}

// checkHeader returns the frame's sequence: 0 for a message without a frame.
func (s *Stream) checkHeader(h *Header, items string) (int64, error) {
	switch {
	case len(h.ProducerID) > 0 && (!s.named || string(h.ProducerID) != s.opening.ProducerID):
		return 0, problem.InField(problem.HeaderChanged, "producer_id", "differs from the first message's; leave it out or repeat it")
	case h.Epoch != 0 && h.Epoch != s.opening.Epoch:
		return 0, problem.InField(problem.HeaderChanged, "epoch", "is %d but the first message had %d; leave it out or repeat it",
			h.Epoch, s.opening.Epoch)
	case h.Sequence < 0:
		return 0, problem.InField(problem.FieldInvalid, "sequence", "is %d; frames are numbered from 1", h.Sequence)
	case h.Sequence != 0 && !s.named:
		return 0, errNameless("sequence", h.Sequence)
	case !s.named && h.Items > 0:
		return s.producer.Position().Received + 1, nil
	case h.Sequence == 0 && h.Items > 0:
		return 0, problem.InField(problem.FieldInvalid, "sequence",
			"is 0 in a frame with %s; number the frames of a producer from 1", items)
	}
	return h.Sequence, nil
}
