package core

import (
	"context"
	"crypto/sha256"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// slowBlob takes a second for each read.
type slowBlob struct {
	size     int64
	at, most *atomic.Int64
}

func (b slowBlob) Size() int64  { return b.size }
func (b slowBlob) Close() error { return nil }

func (b slowBlob) ReadAt(p []byte, _ int64) (int, error) {
	b.most.Store(max(b.most.Load(), b.at.Add(1)))
	defer b.at.Add(-1)
	time.Sleep(time.Second)
	return len(p), nil
}

func TestFilesAreReadBackInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, turns := newReading(), runtime.GOMAXPROCS(0)
		blob := slowBlob{size: 4 * readingBytes, at: new(atomic.Int64), most: new(atomic.Int64)}
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := make(chan error)
		for range 100 * turns {
			go func() {
				_, err := r.hash(ctx, "greedy", sha256.New(), blob)
				ended <- err
			}()
		}
		time.Sleep(time.Millisecond)
		begun := time.Now()
		size, err := r.hash(t.Context(), "other", sha256.New(), blob)
		require.NoError(t, err)
		require.Equal(t, blob.size, size)
		require.Less(t, time.Since(begun), 15*time.Second, "a hundred others of one tenant count as one")
		require.LessOrEqual(t, blob.most.Load(), int64(turns))
		cancel(ErrDamaged)
		for range 100 * turns {
			require.ErrorIs(t, <-ended, ErrDamaged)
		}
	})
}
