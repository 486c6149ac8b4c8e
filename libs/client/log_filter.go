package client

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// FieldMatcher is a condition on one field of an entry.
type FieldMatcher = logaggv1.FieldMatcher

// TextMatcher is a condition on the message of an entry.
type TextMatcher = logaggv1.TextMatcher

// LogFilter selects entries: those that meet every condition given. The zero
// value has none and selects all.
type LogFilter struct {
	// Start is the first time selected, and End the first one that is not any
	// more. The zero time is no bound.
	Start, End time.Time
	// Applications, at most 100. None: all.
	Applications []string
	// MinimumLevel is the lowest level selected. [LevelUnspecified]: all, also
	// entries without a level.
	MinimumLevel Level
	// Categories, at most 100; the empty text selects entries without one. None:
	// all.
	Categories []string
	// Fields are at most 16 conditions.
	Fields []*FieldMatcher
	// Texts are at most 8 conditions.
	Texts []*TextMatcher
}

func (f *LogFilter) encoded() *logaggv1.LogFilter {
	return &logaggv1.LogFilter{
		StartTime: bound(f.Start), EndTime: bound(f.End), Applications: f.Applications,
		MinimumLevel: logaggv1.Level(f.MinimumLevel), Categories: f.Categories, Fields: f.Fields, Texts: f.Texts,
	}
}

// bound returns nil for the zero time.
func bound(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(unixNano(t))
}

// WaitFor makes a query wait until it sees what a producer has sent, such as the
// Position.Durable of a [LogResult]. The zero value waits for nothing.
type WaitFor struct {
	// ProducerID of the producer. Empty: nothing is waited for.
	ProducerID string
	// Sequence of the frame that the query has to see.
	Sequence int64
	// Timeout of the wait: 10 s when 0, at most 60 s. After it the query fails
	// with the reason POSITION_NOT_REACHED.
	Timeout time.Duration
}

func (w WaitFor) encoded() *queryv1.WaitFor {
	if w.ProducerID == "" {
		return nil
	}
	wait := &queryv1.WaitFor{ProducerId: w.ProducerID, Sequence: w.Sequence}
	if w.Timeout != 0 {
		wait.Timeout = durationpb.New(w.Timeout)
	}
	return wait
}
