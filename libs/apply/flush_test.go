package apply_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
)

func TestAFlushBringsEverythingAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openRig(t, t.TempDir(), newDisk())
		defer r.close(t)
		began := time.Now()
		r.append(t, "a")
		r.append(t, "b")
		require.Equal(t, []string{"a", "b"}, r.flush(t))
		require.Equal(t, began, time.Now())
	})
}

func TestAFlushOfNothingReturnsAtOnce(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	require.Empty(t, r.flush(t))
	r.append(t, "a")
	require.Equal(t, []string{"a"}, r.flush(t))
	require.Equal(t, []string{"a"}, r.flush(t))
}

func TestAFlushAfterARestartIsAsGood(t *testing.T) {
	dir, d := t.TempDir(), newDisk()
	r := openRig(t, dir, d)
	r.append(t, "a")
	r.close(t)
	r = openRig(t, dir, d)
	defer r.close(t)
	require.Equal(t, []string{"a"}, r.flush(t))
}

func TestAFlushCanBeGivenUp(t *testing.T) {
	r := openRig(t, t.TempDir(), newDisk())
	defer r.close(t)
	r.disk.failing.Store(math.MaxInt32)
	r.append(t, "a")
	r.settle(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, r.applier.Flush(ctx), context.DeadlineExceeded)
	r.disk.failing.Store(0)
	require.Equal(t, []string{"a"}, r.flush(t))
}

func TestAFlushDoesNotWaitForWhatCameLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := patient()
		config.BatchRows = 1
		r := open(t, t.TempDir(), newDisk(), config)
		defer r.close(t)
		r.append(t, "a")
		r.settle(t)
		flushed := make(chan error, 1)
		go func() { flushed <- r.applier.Flush(t.Context()) }()
		synctest.Wait()
		r.append(t, "b")
		r.settle(t)
		r.onApplied = func() { r.disk.failing.Store(math.MaxInt32) }
		r.run()
		require.NoError(t, <-flushed)
		require.Equal(t, []string{"a"}, r.disk.content())
	})
}

func TestADamagedPieceIsToldAndLeftOut(t *testing.T) {
	tests := map[string]struct {
		frame int
		want  []string
	}{
		"in the middle": {2, []string{"a", "c"}},
		"at the end":    {3, []string{"a", "b"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := open(t, dir, newDisk(), patient())
			defer r.close(t)
			var ends []journal.Position
			for _, row := range []string{"a", "b", "c"} {
				r.append(t, row)
				r.settle(t)
				ends = append(ends, r.journal.Durable())
			}
			damage(t, filepath.Join(dir, "journal"), ends[test.frame-1])
			r.run()
			require.Equal(t, test.want, r.flush(t))
			require.Equal(t, int64(1), r.damages.Load())
			r.append(t, "d")
			require.Equal(t, append(test.want, "d"), r.flush(t))
		})
	}
}

// damage changes a byte of the record that ends at a position of a journal's
// first segment.
func damage(t *testing.T, dir string, end journal.Position) {
	t.Helper()
	const header = 32
	segment, err := os.OpenFile(filepath.Join(dir, "00000000000000000000.segment"), os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, segment.Close()) }()
	_, err = segment.WriteAt([]byte{0xff}, header+int64(end)-1)
	require.NoError(t, err)
}
