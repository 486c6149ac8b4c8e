package client

import (
	"strings"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// logReasonPrefix is not told in the names of reasons.
const logReasonPrefix = "LOG_ERROR_REASON_"

// LogError tells why one entry was rejected. It never quotes the entry's message
// or a field's value.
type LogError struct {
	// Entry is the place of the entry in the order of the channel, or among the
	// entries given, from 0. It is -1 where that is not known any more.
	Entry int64
	// Sequence of the frame that carried the entry, and Index of the entry in it,
	// from 0.
	Sequence int64
	Index    int
	// Field at fault, such as `timestamp` or `fields`.
	Field string
	// Reason is a name as in [LogResult.ErrorCounts].
	Reason string
	// Description for people.
	Description string
}

// newLogErrors is given what finds the place of an entry of a frame.
func newLogErrors(rejected []*logaggv1.LogError, place func(sequence int64, index int) int64) []LogError {
	errs := make([]LogError, 0, len(rejected))
	for _, e := range rejected {
		errs = append(errs, newLogError(e, place(e.GetSequence(), int(e.GetIndex()))))
	}
	return errs
}

func newLogError(e *logaggv1.LogError, place int64) LogError {
	return LogError{
		Entry: place, Sequence: e.GetSequence(), Index: int(e.GetIndex()), Field: e.GetField(),
		Reason: strings.TrimPrefix(e.GetReason().String(), logReasonPrefix), Description: e.GetDescription(),
	}
}
