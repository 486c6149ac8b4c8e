package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// TailEventKind is what a [TailEvent] tells of.
type TailEventKind int

// The kinds of events.
const (
	// TailStarted: every selected entry that is made durable from now on is told,
	// or counted as missed. It is the first event, and comes again behind each
	// gap.
	TailStarted TailEventKind = iota
	// TailRecord: an entry was made durable.
	TailRecord
	// TailMissed: the server left entries out, since the loop did not keep up.
	TailMissed
	// TailGap: the stream was cut. Nobody knows how many entries were made
	// durable up to the next TailStarted, and they are not told;
	// [StreamingClient.SearchLogs] finds them.
	TailGap
)

// String returns the kind in lower case, for people.
func (k TailEventKind) String() string {
	switch k {
	case TailStarted:
		return "started"
	case TailRecord:
		return "record"
	case TailMissed:
		return "missed"
	case TailGap:
		return "gap"
	default:
		return fmt.Sprintf("TailEventKind(%d)", int(k))
	}
}

// TailEvent is one event of a [StreamingClient.TailLogs].
type TailEvent struct {
	Kind TailEventKind
	// Record is the entry of a TailRecord.
	Record LogRecord
	// Missed is the number of entries of a TailMissed, at least 1. They stand
	// before the records that follow.
	Missed int64
	// Failure is why the stream of a TailGap was cut, and Pause how long the tail
	// waits before it is begun anew.
	Failure error
	Pause   time.Duration
}

// TailLogs yields the selected entries as they are made durable, in that order,
// and what is missing among them. The filter's Start and End must be zero. The
// tail begins each time the sequence is ranged over, and ends when the loop
// does, or with ctx. A slow loop does not slow the server down: it misses
// entries and is told how many.
//
// A tail that is cut in a way that may pass is begun anew as the client's
// [RetryPolicy] says, where each TailStarted counts as progress, and tells the
// gap.
//
// An error is the last thing that is yielded, with a zero event. It is an
// [Error] for what the server or the connection refused, and matches
// context.Canceled where ctx ended the tail.
func (c *StreamingClient) TailLogs(ctx context.Context, filter LogFilter) iter.Seq2[TailEvent, error] {
	return func(yield func(TailEvent, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		t := &logTail{
			client: c, request: &logaggv1.TailLogsRequest{Filter: filter.encoded()}, yield: yield, cancel: cancel,
		}
		if err := t.run(ctx); err != nil && !t.stopped {
			yield(TailEvent{}, fmt.Errorf("tail logs: %w", err))
		}
	}
}

// logTail is one tail over all its attempts.
type logTail struct {
	client  *StreamingClient
	request *logaggv1.TailLogsRequest
	yield   func(TailEvent, error) bool
	// cancel ends the tail, also in a pause.
	cancel context.CancelFunc
	// stopped is set when the caller wants no more.
	stopped bool
	// starts counts the streams that the server began.
	starts int64
}

func (t *logTail) run(ctx context.Context) error {
	return t.client.try(ctx, trial{
		attempt: t.attempt,
		again:   retryable,
		reached: func() int64 { return t.starts },
		waiting: func(failure error, pause time.Duration) {
			t.tell(TailEvent{Kind: TailGap, Failure: failure, Pause: pause})
		},
	})
}

// tell yields an event, and ends the tail when the caller wants no more.
func (t *logTail) tell(e TailEvent) {
	if !t.stopped && !t.yield(e, nil) {
		t.stopped = true
		t.cancel()
	}
}

// attempt yields what one stream brings. It returns nil only when the caller
// wants no more.
func (t *logTail) attempt(ctx context.Context) error {
	streamCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := t.client.logs.TailLogs(streamCtx, t.request)
	if err != nil {
		return t.client.callError(ctx, err)
	}
	for parts := 0; !t.stopped; parts++ {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			err = status.Error(codes.Unavailable, "the server ended the tail of the logs")
		}
		if err != nil {
			return t.client.callError(ctx, err)
		}
		if parts == 0 {
			t.starts++
			t.tell(TailEvent{Kind: TailStarted})
		}
		t.take(part)
	}
	return nil
}

func (t *logTail) take(part *logaggv1.TailLogsResponse) {
	if missed := part.GetMissedCount(); missed > 0 {
		t.tell(TailEvent{Kind: TailMissed, Missed: missed})
	}
	for _, r := range part.GetEntries() {
		t.tell(TailEvent{Kind: TailRecord, Record: newLogRecord(r)})
	}
}
