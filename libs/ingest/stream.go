package ingest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/flow"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/status"
)

// Stream is one open client stream. Its exported fields never change. Safe for
// concurrent use.
type Stream struct {
	ID        string
	Method    string
	Principal principal.Principal
	Peer      string
	StartedAt time.Time

	registry *Registry
	// account is what the stream may hold in memory; nil is any amount.
	account *flow.Account
	ctx     context.Context
	cancel  context.CancelCauseFunc
	ended   chan struct{}

	messages, bytes, lastMessage atomic.Int64
	finishing                    atomic.Bool

	mu sync.Mutex
	// workID and position are guarded by mu.
	workID   string
	position func() Position
}

// Position tells how far the work of a stream has come, in bytes of a file or
// frames of a producer.
type Position struct {
	Received, Durable int64
}

// Proto returns the position as the schema has it.
func (p Position) Proto() *streamv1.Position {
	return &streamv1.Position{Received: p.Received, Durable: p.Durable}
}

// Context is the context of the stream's call; it also ends when the stream is
// cut, and context.Cause tells why.
func (s *Stream) Context() context.Context { return s.ctx }

// Cut ends the stream: its context ends with cause, its handler makes durable
// what was received, and the client gets cause. Only the first cut counts. It
// does not wait; see [Stream.Ended].
func (s *Stream) Cut(cause error) { s.cancel(cause) }

// Ended is closed when the handler has closed the stream.
func (s *Stream) Ended() <-chan struct{} { return s.ended }

// Claim makes this stream the one that carries the work. A stream that carried
// it is cut with reason FENCED and has settled and closed when Claim returns.
// Claim fails when the stream ends meanwhile, and with reason FENCED when a
// later stream claimed the same work. A stream claims once.
func (s *Stream) Claim(workID string) error { return s.ClaimEpoch(workID, 0) }

// ClaimEpoch is [Stream.Claim] for a work with epochs: it fails with reason
// FENCED, and leaves the others alone, while a stream of a newer epoch carries
// the work or waits for it.
func (s *Stream) ClaimEpoch(workID string, epoch int64) error {
	if err := s.registry.claims.take(s, s.key(workID), epoch, errFenced); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workID = workID
	return nil
}

func (s *Stream) key(workID string) WorkKey {
	return WorkKey{Tenant: s.Principal.Tenant, Subject: s.Principal.Subject, WorkID: workID}
}

// Track tells the stream whom to ask for the position of its work.
func (s *Stream) Track(position func() Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.position = position
}

// Count notes a received message with its payload in bytes.
func (s *Stream) Count(payload int) {
	s.messages.Add(1)
	s.bytes.Add(int64(payload))
	s.lastMessage.Store(time.Now().UnixNano())
}

// Finishing notes that the client has sent everything.
func (s *Stream) Finishing() { s.finishing.Store(true) }

// Close lets the work go and forgets the stream. It is the handler's last act:
// nothing of the stream may touch the work after it.
func (s *Stream) Close() {
	if workID, _ := s.work(); workID != "" {
		s.registry.claims.release(s, s.key(workID))
	}
	s.registry.remove(s)
	s.cancel(context.Canceled)
	if s.account != nil {
		s.account.Close()
	}
	close(s.ended)
}

// WithCut adds to err where the claimed work stands, for a client that resumes.
// An error that only came of the stream's being cut gives way to the cut's
// cause.
func (s *Stream) WithCut(err error) error {
	if err == nil {
		return nil
	}
	workID, position := s.work()
	if workID == "" {
		return s.blame(err)
	}
	return status.WithCut(s.blame(err), &streamv1.CutDetail{StreamId: s.ID, WorkId: workID, Position: position.Proto()})
}

// blame returns why the stream was cut, when err may be a consequence of that:
// calls that were interrupted fail in many ways.
func (s *Stream) blame(err error) error {
	cause, cut := errors.AsType[*problem.Error](context.Cause(s.ctx))
	if !cut {
		return err
	}
	switch problem.ReasonOf(err) {
	case problem.ClientGone, problem.DeadlineExceeded, problem.StorageFailed, problem.Internal:
		return cause
	default:
		return err
	}
}

// Proto returns the stream as the schema has it.
func (s *Stream) Proto() *streamv1.Stream {
	workID, position := s.work()
	shown := &streamv1.Stream{
		StreamId:     s.ID,
		Method:       s.Method,
		WorkId:       workID,
		Tenant:       s.Principal.Tenant,
		Subject:      s.Principal.Subject,
		Peer:         s.Peer,
		State:        s.state(),
		StartTime:    timestamppb.New(s.StartedAt),
		MessageCount: s.messages.Load(),
		ByteCount:    s.bytes.Load(),
		Position:     position.Proto(),
	}
	if last := s.lastMessage.Load(); last != 0 {
		shown.LastMessageTime = timestamppb.New(time.Unix(0, last))
	}
	return shown
}

func (s *Stream) state() streamv1.StreamState {
	select {
	case <-s.ended:
		return streamv1.StreamState_STREAM_STATE_ENDED
	default:
	}
	switch {
	case s.ctx.Err() != nil:
		return streamv1.StreamState_STREAM_STATE_CUTTING
	case s.finishing.Load():
		return streamv1.StreamState_STREAM_STATE_FINISHING
	default:
		return streamv1.StreamState_STREAM_STATE_RECEIVING
	}
}

func (s *Stream) work() (workID string, position Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.position != nil {
		position = s.position()
	}
	return s.workID, position
}
