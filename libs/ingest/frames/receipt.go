package frames

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// ReceiptExpiry is how long a receipt is kept for a retry.
const ReceiptExpiry = 24 * time.Hour

// Answers are what a service makes of its streams. R is its response.
type Answers[R proto.Message] struct {
	// New returns an empty response.
	New func() R
	// Epoch returns the epoch that a response is of.
	Epoch func(R) int64
	// Compose returns the response to the stream, whose producer stands at state.
	Compose func(state *producer.State) R
}

// Finish answers a stream that the client has ended, once everything that it
// counts is durable. A stream that brought nothing gets the answer of the last
// complete stream again.
func Finish[R proto.Message](ctx context.Context, s *Stream, answers Answers[R]) (R, error) {
	var none R
	if err := s.Settle(ctx); err != nil {
		return none, err
	}
	state := s.producer.Snapshot()
	if known, ok := knownAnswer(s, &state, answers); ok {
		s.repeated = true
		return known, nil
	}
	answer := answers.Compose(&state)
	if s.named && s.appended {
		if err := s.keep(ctx, answer, state.Sequence); err != nil {
			return none, storage.Failure(err)
		}
	}
	return answer, nil
}

// Repeated tells whether Finish has given the answer of an earlier stream.
func (s *Stream) Repeated() bool { return s.repeated }

// knownAnswer is the answer to the last complete stream, when this one only asks
// for it again.
func knownAnswer[R proto.Message](s *Stream, state *producer.State, answers Answers[R]) (answer R, ok bool) {
	known := state.Receipt
	asks := !s.appended && !s.repeats
	if known == nil || !asks || known.Sequence != state.Sequence || s.Now().Sub(known.Time) > ReceiptExpiry {
		return answer, false
	}
	answer = answers.New()
	// What can't be read, or was another life's answer, is not known.
	ok = proto.Unmarshal(known.Answer, answer) == nil && answers.Epoch(answer) == s.opening.Epoch
	return answer, ok
}

// keep makes the answer durable, for a client that does not get it.
func (s *Stream) keep(ctx context.Context, answer proto.Message, sequence int64) error {
	now := s.Now()
	encoded, err := proto.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode the receipt: %w", err)
	}
	kept := &producer.Receipt{Sequence: sequence, Time: now, Answer: encoded}
	return s.producer.KeepReceipt(ctx, kept, func() (journal.Position, error) {
		return s.intake.journal.Append(ctx, record.Append(nil, s.Header(now), record.Receipt, encoded))
	})
}
