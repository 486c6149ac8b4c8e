package journaled

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestTheStoreLiesInTheFolder(t *testing.T) {
	f := newFixture(t)
	data, err := Open(t.Context(), f.folder, func(_ context.Context, path string, _ StoreKey) (*memory, error) {
		require.Equal(t, filepath.Join(f.folder.Dir, "points.duckdb"), path)
		require.DirExists(t, f.folder.Dir)
		return f.store, nil
	})
	require.NoError(t, err)
	require.NoError(t, data.Close())
	require.Equal(t, 1, f.store.closures)
	require.NoError(t, data.Close())
	require.Equal(t, 1, f.store.closures, "closed once")
}

func TestAFolderInUseIsRefused(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	defer func() { require.NoError(t, f.data.Close()) }()
	_, err := f.tryOpen(t)
	require.ErrorContains(t, err, "is used by another process")
}

func TestTheFolderOfAnotherServiceIsRefused(t *testing.T) {
	f := newFixture(t)
	require.NoError(t, os.WriteFile(filepath.Join(f.folder.Dir, "logs.duckdb"), nil, 0o600))
	_, err := f.tryOpen(t)
	require.ErrorContains(t, err, "it has logs.duckdb, the store of another service")
	require.NoDirExists(t, filepath.Join(f.folder.Dir, "journal"))
}

func TestAFolderThatCannotBeOpenedIsLeftClosed(t *testing.T) {
	f := newFixture(t)
	_, err := Open(t.Context(), f.folder, func(context.Context, string, StoreKey) (*memory, error) { return nil, errDisk })
	require.ErrorIs(t, err, errDisk)
	require.ErrorContains(t, err, "data folder "+f.folder.Dir)
	f.store.fail(errDisk)
	_, err = f.tryOpen(t)
	require.ErrorIs(t, err, errDisk)
	require.Equal(t, 1, f.store.closures)
	f.store.fail(nil)
	f.open(t)
	require.NoError(t, f.data.Close())
}

func TestAStoreThatIsOlderThanItsJournalIsRefused(t *testing.T) {
	f := newFixture(t)
	j, _, err := journal.Open(filepath.Join(f.folder.Dir, "journal"), journal.Options{MinFreeBytes: -1})
	require.NoError(t, err)
	end, err := j.Append(t.Context(), make([]byte, 2<<20))
	require.NoError(t, err)
	require.NoError(t, j.Wait(t.Context(), end))
	require.NoError(t, j.Trim(end))
	require.NoError(t, j.Close())
	_, err = f.tryOpen(t)
	require.ErrorContains(t, err, "points.duckdb ends at position 0 of the journal")
	require.ErrorContains(t, err, "the points between are missing")
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
			f := fixture{told: logs}
			require.Equal(t, test.told, f.messages())
		})
	}
}

func TestWhatTheJournalLosesEndsItsStreams(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	defer func() { require.NoError(t, f.data.Close()) }()
	p := f.bring(t)
	var cut error
	p.OnFailure(func(cause error) { cut = cause })
	durable := f.data.Journal.Durable()
	require.NoError(t, p.Append(time.Now(), nil, func() (journal.Position, error) { return durable + 10, nil }))
	f.data.rollback(durable, journal.ErrFailed)
	require.Equal(t, problem.StorageFailed, problem.ReasonOf(cut))
	require.Equal(t, []string{"the journal failed; what it had received and not made durable is sent again"}, f.messages())
}
