package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// LogSearch selects entries and their order. The zero value finds all entries,
// newest first.
type LogSearch struct {
	Filter LogFilter
	// OldestFirst turns the order of the entries around.
	OldestFirst bool
	// Limit is the largest number of entries. 0: no limit.
	Limit int64
	// Cursor of an earlier search with the same filter and order, which this one
	// goes on behind. Empty: from the beginning.
	Cursor string
	// WaitFor is what the search waits for.
	WaitFor WaitFor
}

// SearchOption is a setting of one [StreamingClient.SearchLogs].
type SearchOption func(*searchOptions)

type searchOptions struct {
	next *string
}

// WithNextCursor sets *cursor whenever a part of the answer was yielded whole:
// to what a later search has to give as its Cursor to go on, or to the empty
// text when nothing more was found. A loop that ran to its end, such as the one
// of a search with a Limit, goes on exactly behind its last entry; behind one
// that ended early some entries come again. *cursor belongs to the search while
// it runs.
func WithNextCursor(cursor *string) SearchOption {
	return func(o *searchOptions) { o.next = cursor }
}

// SearchLogs yields the entries that the search selects, in the order of their
// times and, for equal times, of their ids. The search runs each time the
// sequence is ranged over, and ends when the loop does.
//
// A search that fails in a way that may pass, such as a broken connection or a
// server that restarts, goes on behind the last part of the answer that came, as
// the client's [RetryPolicy] says; no entry is yielded twice.
//
// An error is the last thing that is yielded, with a zero record; what came
// before it counts. It is an [Error] for what the server or the connection
// refused. Memory does not grow with the answer.
func (c *StreamingClient) SearchLogs(
	ctx context.Context, search LogSearch, opts ...SearchOption,
) iter.Seq2[LogRecord, error] {
	var o searchOptions
	for _, opt := range opts {
		opt(&o)
	}
	return func(yield func(LogRecord, error) bool) {
		s := &logSearch{client: c, request: search.encoded(), next: o.next, yield: yield}
		if err := s.run(ctx); err != nil {
			yield(LogRecord{}, fmt.Errorf("search logs: %w", err))
		}
	}
}

func (s *LogSearch) encoded() *logaggv1.SearchLogsRequest {
	order := logaggv1.SearchOrder_SEARCH_ORDER_NEWEST_FIRST
	if s.OldestFirst {
		order = logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST
	}
	return &logaggv1.SearchLogsRequest{
		Filter: s.Filter.encoded(), Order: order, Limit: s.Limit, Cursor: s.Cursor, WaitFor: s.WaitFor.encoded(),
	}
}

// logSearch is one search over all its attempts.
type logSearch struct {
	client *StreamingClient
	// request asks for what has not come yet.
	request *logaggv1.SearchLogsRequest
	// next may be nil.
	next  *string
	yield func(LogRecord, error) bool
	// parts that have come.
	parts int64
	// complete is set when nothing more is to come, and stopped when the caller
	// wants no more.
	complete, stopped bool
}

func (s *logSearch) run(ctx context.Context) error {
	err := s.client.try(ctx, trial{
		attempt: s.attempt,
		again:   func(err error) bool { return !s.complete && retryable(err) },
		reached: func() int64 { return s.parts },
		waiting: func(error, time.Duration) {},
	})
	if s.complete || s.stopped {
		return nil
	}
	return err
}

// attempt yields what one stream brings.
func (s *logSearch) attempt(ctx context.Context) error {
	streamCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.client.logs.SearchLogs(streamCtx, s.request)
	if err != nil {
		return s.client.callError(ctx, err)
	}
	for parts := 0; !s.stopped; parts++ {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			if parts == 0 {
				s.advance("")
			}
			return nil
		}
		if err != nil {
			return s.client.callError(ctx, err)
		}
		s.take(part)
	}
	return nil
}

// take yields the entries of a part and asks for those behind it from now on.
func (s *logSearch) take(part *logaggv1.SearchLogsResponse) {
	for _, r := range part.GetEntries() {
		if !s.yield(newLogRecord(r), nil) {
			s.stopped = true
			return
		}
	}
	s.parts++
	s.advance(part.GetNextCursor())
	if s.request.GetLimit() > 0 {
		s.request.Limit -= int64(len(part.GetEntries()))
		// A limit of 0 would be none.
		s.complete = s.complete || s.request.GetLimit() <= 0
	}
}

// advance goes on behind the cursor; an empty one is the end.
func (s *logSearch) advance(cursor string) {
	s.complete = cursor == ""
	s.request.Cursor = cursor
	if s.next != nil {
		*s.next = cursor
	}
}
