package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// memoryCatalog has contents that are always due, but once.
type memoryCatalog struct {
	core.Catalog

	due      []core.Content
	verdicts []core.Verdict
	// saves is when verdicts came.
	saves []time.Time
}

func (c *memoryCatalog) LeastVerified(_ context.Context, _ time.Time, limit int) ([]core.Content, error) {
	n := min(limit, len(c.due))
	contents := c.due[:n]
	c.due = c.due[n:]
	return contents, nil
}

func (c *memoryCatalog) SaveVerdicts(_ context.Context, verdicts []core.Verdict) error {
	c.verdicts, c.saves = append(c.verdicts, verdicts...), append(c.saves, time.Now())
	return nil
}

// zeroStore has blobs of zeros, whose identifiers begin with their sizes.
type zeroStore struct{ core.Store }

func (zeroStore) Open(_ context.Context, id string) (core.Blob, error) {
	var size int64
	_, err := fmt.Sscan(id, &size)
	return zeroBlob(size), err
}

type zeroBlob int64

func (b zeroBlob) Size() int64  { return int64(b) }
func (b zeroBlob) Close() error { return nil }

func (b zeroBlob) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

// zeros is a content with an identifier of its own.
func zeros(size, number int) core.Content {
	return core.Content{BlobID: fmt.Sprintf("%d-%d", size, number), Tenant: "acme", Size: int64(size), Checksum: sha(make([]byte, size))}
}

const scrubRate = 1 << 20 // bytes a second

func TestTheRateIsKeptAndSmooth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const seconds = 10
		catalog := &memoryCatalog{due: []core.Content{zeros(seconds*scrubRate, 0)}}
		began, read := time.Now(), 0
		scrubber := core.NewScrubber(catalog, zeroStore{}, time.Hour, scrubRate, func(bytes int) {
			read += bytes
			allowed := time.Since(began).Seconds()*scrubRate + 2*64<<10
			require.LessOrEqual(t, float64(read), allowed)
		})
		_, err := scrubber.Scrub(t.Context())
		require.NoError(t, err)
		require.Equal(t, seconds*scrubRate, read)
		require.InDelta(t, seconds, time.Since(began).Seconds(), 0.2, "neither faster nor slower")
		require.Len(t, catalog.verdicts, 1)
		require.Empty(t, catalog.verdicts[0].Damage)
	})
}

func TestManySmallContentsAreBoundedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		catalog := &memoryCatalog{}
		for i := range 320 {
			catalog.due = append(catalog.due, zeros(10, i))
		}
		began := time.Now()
		scrubber := core.NewScrubber(catalog, zeroStore{}, time.Hour, scrubRate, func(int) {})
		for len(catalog.due) > 0 {
			_, err := scrubber.Scrub(t.Context())
			require.NoError(t, err)
		}
		require.InDelta(t, 20, time.Since(began).Seconds(), 0.2, "16 a second at 1 MiB/s")
		require.Len(t, catalog.verdicts, 320)
	})
}

func TestVerdictsDoNotWaitForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		catalog := &memoryCatalog{}
		for i := range 30 {
			catalog.due = append(catalog.due, zeros(10*scrubRate, i))
		}
		began := time.Now()
		_, err := core.NewScrubber(catalog, zeroStore{}, time.Hour, scrubRate, func(int) {}).Scrub(t.Context())
		require.NoError(t, err)
		require.Len(t, catalog.verdicts, 30)
		for _, at := range catalog.saves {
			require.LessOrEqual(t, at.Sub(began), 71*time.Second)
			began = at
		}
	})
}

func TestAScrubberEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		catalog := &memoryCatalog{due: []core.Content{zeros(100*scrubRate, 0)}}
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := make(chan error)
		go func() {
			_, err := core.NewScrubber(catalog, zeroStore{}, time.Hour, 64<<10, func(int) {}).Scrub(ctx)
			ended <- err
		}()
		time.Sleep(5*time.Second + time.Millisecond)
		stopped, stop := time.Now(), errors.New("the service ends")
		cancel(stop)
		require.ErrorIs(t, <-ended, stop)
		require.Equal(t, stopped, time.Now())
		require.Empty(t, catalog.verdicts)
	})
}
