package producer

import "time"

// Key names a producer. Since tenant and subject belong to it, nobody can fence
// another's.
type Key struct {
	Tenant, Subject, ProducerID string
}

// State is how far a producer has come at some point of a journal.
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
}
