package collector

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNoFreeSpaceHasToBeKeptWhenNoneIsAskedFor(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Journal.MinFreeSpace = 0
	require.NoError(t, cfg.Validate())
	require.Negative(t, cfg.journalOptions(0, nil).MinFreeBytes, "0 is the journal's default of 256 MiB")
}

func TestAFrameFitsIntoARecord(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Server.MaxMessageBytes = 32 << 20
	require.ErrorContains(t, cfg.Validate(), "max_message_bytes")
}
