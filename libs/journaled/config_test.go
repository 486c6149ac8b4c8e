package journaled

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
)

func TestTheDefaultsAreValid(t *testing.T) {
	require.NoError(t, DefaultJournal().Validate())
	require.NoError(t, CheckMessages(config.MiB))
	require.NoError(t, Batch{Rows: 1, Interval: minBatchInterval}.Validate("batch_samples"))
	require.NoError(t, Batch{Rows: 1, Interval: maxBatchInterval}.Validate("batch_samples"))
	require.NoError(t, Upkeep{ProducerExpiry: MinProducerExpiry, Interval: 1}.Validate())
}

func TestWhatCannotBeSetIsToldByItsKey(t *testing.T) {
	journal := DefaultJournal()
	small, short := journal, journal
	small.SegmentSize, short.MaxSize = config.MiB, 100*config.MiB
	for want, err := range map[string]error{
		"journal.segment_size must be at least 8MiB":      small.Validate(),
		"journal.max_size must be at least twice":         short.Validate(),
		"max_message_bytes must be at most 3MiB":          CheckMessages(32 * config.MiB),
		"store.batch_samples must be above 0":             Batch{Interval: time.Second}.Validate("batch_samples"),
		"store.batch_interval must be from 50ms to 1m":    Batch{Rows: 1, Interval: minBatchInterval - 1}.Validate("batch_rows"),
		"batch_interval must be from 50ms to 1m":          Batch{Rows: 1, Interval: maxBatchInterval + 1}.Validate("batch_rows"),
		"producer_expiry must be at least 168h":           Upkeep{Interval: 1, ProducerExpiry: time.Hour}.Validate(),
		"janitor_interval must be above 0, for example 1": Upkeep{ProducerExpiry: MinProducerExpiry}.Validate(),
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestNoFreeSpaceHasToBeKeptWhenNoneIsAskedFor(t *testing.T) {
	cfg := DefaultJournal()
	require.Equal(t, int64(256<<20), cfg.options(0, nil).MinFreeBytes)
	cfg.MinFreeSpace = 0
	require.NoError(t, cfg.Validate())
	require.Negative(t, cfg.options(0, nil).MinFreeBytes, "0 is the journal's default of 256 MiB")
}

func TestABatchLeavesRoomInASmallJournal(t *testing.T) {
	require.Equal(t, 64<<20, DefaultJournal().batchBytes())
	require.Equal(t, 8<<20, JournalConfig{MaxSize: 32 * config.MiB}.batchBytes())
}
