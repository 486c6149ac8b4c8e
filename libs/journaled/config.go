package journaled

import (
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/retention"
)

// JournalConfig is the section journal of a service's configuration.
type JournalConfig struct {
	MaxSize      config.Bytes `koanf:"max_size" help:"largest size of the journal; when the store lags that far behind, nothing new is taken"`
	MinFreeSpace config.Bytes `koanf:"min_free_space" help:"free space of the disk below which nothing new is taken"`
	SegmentSize  config.Bytes `koanf:"segment_size" help:"size of one file of the journal"`
}

// A segment holds the largest record several times, which is a message and what
// the journal adds to it: the smallest journal of two segments takes 4 MiB.
const (
	minSegmentSize  = 8 * config.MiB
	maxMessageBytes = 3 * config.MiB
)

// DefaultJournal returns 64 MiB a segment, 4 GiB together, and 256 MiB to be left
// free.
func DefaultJournal() JournalConfig {
	return JournalConfig{MaxSize: 4 * config.GiB, MinFreeSpace: 256 * config.MiB, SegmentSize: 64 * config.MiB}
}

// Validate returns every setting that can't be used.
func (c JournalConfig) Validate() error {
	return errors.Join(
		check(c.SegmentSize >= minSegmentSize, "journal.segment_size must be at least 8MiB"),
		check(c.MaxSize >= 2*c.SegmentSize, "journal.max_size must be at least twice journal.segment_size"),
	)
}

func (c JournalConfig) options(applied journal.Position, rollback func(journal.Position, error)) journal.Options {
	return journal.Options{
		Applied:      applied,
		SegmentBytes: int64(c.SegmentSize), MaxBytes: int64(c.MaxSize),
		MinFreeBytes: c.minFreeBytes(), OnRollback: rollback,
	}
}

// maxBatchBytes is how much of the journal goes into the store at once.
const maxBatchBytes = 64 * config.MiB

// batchBytes leaves room in a small journal for what comes while a batch is
// stored.
func (c JournalConfig) batchBytes() int {
	return int(min(maxBatchBytes, c.MaxSize/4))
}

// minFreeBytes is what the journal takes: its 0 is a default.
func (c JournalConfig) minFreeBytes() int64 {
	if c.MinFreeSpace == 0 {
		return -1
	}
	return int64(c.MinFreeSpace)
}

// CheckMessages refuses a server's bound of messages with which one might not
// fit into a record of the journal.
func CheckMessages(bound config.Bytes) error {
	return check(bound <= maxMessageBytes, "max_message_bytes must be at most 3MiB")
}

// Batch says when a batch goes into the store.
type Batch struct {
	// Rows of a batch that is stored at once.
	Rows int
	// Interval is how long a row waits for its batch to fill up.
	Interval time.Duration
}

// The bounds of the time that a row waits for its batch.
const (
	minBatchInterval = 50 * time.Millisecond
	maxBatchInterval = time.Minute
)

// Validate returns every setting that can't be used. rows is the key that the
// number of rows has in the section store, for example batch_samples.
func (b Batch) Validate(rows string) error {
	return errors.Join(
		check(b.Rows > 0, "store."+rows+" must be above 0"),
		check(b.Interval >= minBatchInterval && b.Interval <= maxBatchInterval,
			"store.batch_interval must be from 50ms to 1m"),
	)
}

// Upkeep says what the janitor removes, and how often.
type Upkeep struct {
	// Interval between two passes: the setting janitor_interval.
	Interval time.Duration
	// ProducerExpiry is how long an idle producer is remembered: the setting
	// producer_expiry.
	ProducerExpiry time.Duration
	Retention      retention.Retention
}

// MinProducerExpiry is the contract's bound, and the default.
const MinProducerExpiry = 7 * 24 * time.Hour

// Validate returns every setting that can't be used.
func (u Upkeep) Validate() error {
	return errors.Join(
		check(u.ProducerExpiry >= MinProducerExpiry, "producer_expiry must be at least 168h"),
		check(u.Interval > 0, "janitor_interval must be above 0, for example 1m"),
	)
}

func check(ok bool, message string) error {
	if ok {
		return nil
	}
	return errors.New(message)
}
