package apply

import (
	"cmp"
	"time"
)

// Config says how a journal is applied.
type Config struct {
	// BatchRows is how many rows a batch has before it is applied at once.
	BatchRows int
	// BatchBytes is the size of a batch's records at which it is applied at once,
	// however few rows they have: it bounds what else they bring, such as
	// producers. Default 64 MiB.
	BatchBytes int
	// Interval is how long a row may wait for its batch to fill up. Whoever waits
	// for it does not wait that long.
	Interval time.Duration
	// RetryInterval is the pause after a failure.
	RetryInterval time.Duration
	// FinishTimeout is how long Run goes on after its end was asked for, to bring
	// what is durable into the store.
	FinishTimeout time.Duration
	// Now is the clock of what is journaled.
	Now func() time.Time
	// Observe is told of what happens. All of its functions are required; the
	// applier's goroutine calls them, and they must not block.
	Observe Observer
}

const defaultBatchBytes = 64 << 20

func (c Config) withDefaults() Config {
	c.BatchBytes = cmp.Or(c.BatchBytes, defaultBatchBytes)
	return c
}

// Observer is told of an applier's work.
type Observer struct {
	// Applied is called after each batch, with what it took.
	Applied func(rows int, took time.Duration)
	// Failed is called with each failure, after which the applier tries again.
	Failed func(err error)
	// Damaged is called with each piece of the journal that can't be read any
	// more and is left out.
	Damaged func(err error)
}
