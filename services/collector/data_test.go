package collector

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/journal"
)

func TestAStoreThatIsOlderThanItsJournalIsRefused(t *testing.T) {
	cfg := DefaultConfig()
	cfg.DataDir = t.TempDir()
	cfg.Server.Listen, cfg.Server.AdminListen = "127.0.0.1:0", ""
	j, _, err := journal.Open(filepath.Join(cfg.DataDir, "journal"), journal.Options{MinFreeBytes: -1})
	require.NoError(t, err)
	end, err := j.Append(t.Context(), make([]byte, 2<<20))
	require.NoError(t, err)
	require.NoError(t, j.Wait(t.Context(), end))
	require.NoError(t, j.Trim(end))
	require.NoError(t, j.Close())
	require.ErrorContains(t, Run(t.Context(), cfg), "the points between are missing")
}

func TestWhatIsWrongWithTheJournalIsTold(t *testing.T) {
	tests := map[string]struct {
		recovery journal.Recovery
		applied  journal.Position
		told     []string
	}{
		"a new folder":     {journal.Recovery{}, 0, nil},
		"a sound journal":  {journal.Recovery{Segments: 1, Durable: 9}, 9, nil},
		"a lost journal":   {journal.Recovery{}, 9, []string{"the folder journal is missing or empty: what it held and the store lacks is lost"}},
		"a torn end":       {journal.Recovery{Segments: 1, TornBytes: 3}, 0, []string{"cut what a crash left unfinished at the journal's end"}},
		"a damaged header": {journal.Recovery{Segments: 1, Damages: []journal.Damage{{From: 5, To: 5}}}, 0, []string{"the header of a segment of the journal is damaged; nothing is lost by that"}},
		"a damaged middle": {journal.Recovery{Segments: 1, Damages: []journal.Damage{{From: 1, To: 2}}}, 0, []string{"a piece of the journal is damaged; what it held and the store lacks is lost"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			core, logs := observer.New(zap.InfoLevel)
			tellRecovery(test.recovery, test.applied, zap.New(core))
			var told []string
			for _, entry := range logs.All() {
				told = append(told, entry.Message)
			}
			require.Equal(t, test.told, told)
		})
	}
}
