package frames

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// Stream is one stream of frames. Position may be called at any time; everything
// else is for one goroutine, the stream's handler.
type Stream struct {
	intake   *Intake
	producer *producer.Producer
	opening  Opening
	// named tells whether the producer can come back.
	named bool

	// appended tells whether this stream has brought a new frame, and repeats
	// whether it has brought one that had been taken before.
	appended, repeats bool
	// repeated tells whether the answer is that of an earlier stream.
	repeated bool
	// carries tells whether the stream has begun: until then the producer is
	// another's.
	carries bool
}

// Tenant is whom the producer belongs to.
func (s *Stream) Tenant() string { return s.opening.Tenant }

// ProducerID is the producer's name, which the server made if it had none.
func (s *Stream) ProducerID() string { return s.opening.ProducerID }

// Epoch is the stream's epoch.
func (s *Stream) Epoch() int64 { return s.opening.Epoch }

// Position returns how far the producer has come.
func (s *Stream) Position() producer.Position { return s.producer.Position() }

// Now is the intake's clock.
func (s *Stream) Now() time.Time { return s.intake.Now() }

// ProcessingTime is how long the stream has taken.
func (s *Stream) ProcessingTime() time.Duration { return s.Now().Sub(s.opening.StartedAt) }

// Header is what the records of the stream begin with.
func (s *Stream) Header(at time.Time) *record.Header {
	return &record.Header{
		Time: at.UnixNano(), Tenant: s.opening.Tenant, Subject: s.opening.Subject,
		ProducerID: s.opening.ProducerID, Epoch: s.opening.Epoch,
	}
}

// Begin begins the stream once it alone carries the producer. It fails with
// reason FENCED for an epoch that ended meanwhile.
func (s *Stream) Begin(ctx context.Context) error {
	s.carries = true
	if !s.named {
		s.producer.BeginUnrecorded()
		return nil
	}
	return storage.Failure(s.producer.Begin(ctx, s.opening.Epoch, func() (journal.Position, error) {
		return s.intake.journal.Append(ctx, record.Append(nil, s.Header(s.Now()), record.EpochOpened, nil))
	}))
}

// Append appends the encoded record of a frame that [Stream.Admit] admitted, and
// returns before it is durable. counts are those of the frame's items. It fails
// with reason QUOTA_EXCEEDED, and takes nothing of the frame, when the tenant may
// not bring as many today.
func (s *Stream) Append(ctx context.Context, at time.Time, counts []producer.Count, encoded []byte) error {
	err := s.producer.Append(at, counts, func() (journal.Position, error) {
		return s.intake.journal.Append(ctx, encoded)
	})
	if err != nil {
		return storage.Failure(err)
	}
	s.appended = true
	return nil
}

// OnFailure has cut be called when the journal loses frames of this stream,
// which then can't go on. cut must not block.
func (s *Stream) OnFailure(cut func(cause error)) { s.producer.OnFailure(cut) }

// Settle waits until everything appended is durable, for a stream that was cut.
func (s *Stream) Settle(ctx context.Context) error {
	return storage.Failure(s.producer.Settle(ctx))
}

// Close gives the producer back. What was appended stays.
func (s *Stream) Close() {
	if s.carries {
		s.producer.OnFailure(nil)
	}
	s.intake.producers.Release(s.producer)
}
