package producer

import "time"

// Key names a producer. Since tenant and subject belong to it, nobody can fence
// another's.
type Key struct {
	Tenant, Subject, ProducerID string
}

// State is how far a producer has come at some point of a journal. A State that
// was handed out is never changed.
type State struct {
	Key

	// Epoch is the newest one that was opened.
	Epoch int64
	// Sequence of the last frame.
	Sequence int64
	// Counts of the epoch's items by outcome, as the service numbers outcomes.
	Counts map[int32]int64
	// Time of the last record.
	Time time.Time
	// Receipt of the last complete stream, or nil.
	Receipt *Receipt
}

// Receipt is the answer to a complete stream, kept for a retry.
type Receipt struct {
	// Sequence that the producer had reached. The receipt counts as long as
	// that has not moved.
	Sequence int64
	// Time of the answer.
	Time time.Time
	// Answer is the encoded response.
	Answer []byte
}
