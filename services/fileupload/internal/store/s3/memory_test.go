package s3_test

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit/faultproxy"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

// heap is what is in use, without what could be collected.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse)
}

// A server that takes nothing any more makes Append wait when the memory that
// is promised is used up.
func TestAStreamHoldsNoMoreThanIsPromised(t *testing.T) {
	store, _, proxy := behindProxy(t, func(c *s3.Config) { c.PartsInFlight = 3 })
	require.Equal(t, int64(4*partSize), store.StreamBytes())
	proxy.Inject(faultproxy.Fault{StallRequest: 1}.On(http.MethodPut))
	before := heap()
	part, err := store.Create(t.Context(), newID())
	require.NoError(t, err)

	var taken atomic.Int64
	ended := make(chan error, 1)
	go func() {
		message := make([]byte, 256<<10)
		for {
			if err := part.Append([][]byte{message}); err != nil {
				ended <- err
				return
			}
			taken.Add(int64(len(message)))
		}
	}()
	full := store.StreamBytes() - 256<<10 // The last message waits inside Append.
	require.Eventually(t, func() bool { return taken.Load() == full }, 30*time.Second, 10*time.Millisecond)
	require.Never(t, func() bool { return taken.Load() > full }, 300*time.Millisecond, 50*time.Millisecond)
	require.Less(t, heap()-before, store.StreamBytes()+8<<20)
	s3.BreakOff(part)
	require.Error(t, <-ended)
	require.NoError(t, part.Close())
}

func TestASmallFileTakesLittle(t *testing.T) {
	_, store := startedStore(t)
	before := heap()
	const files, size = 200, 100_000
	for range files {
		part, err := store.Create(t.Context(), newID())
		require.NoError(t, err)
		require.NoError(t, part.Append([][]byte{make([]byte, size)}))
		t.Cleanup(func() { require.NoError(t, part.Close()) })
	}
	require.Less(t, heap()-before, int64(3*files*size))
}

// What one upload used is used by the next.
func TestManyUploadsTakeNoMoreThanOne(t *testing.T) {
	_, store := startedStore(t)
	want := content(4 * partSize)
	mustUpload(t, store, want)
	before := heap()
	for range 5 {
		mustUpload(t, store, want)
	}
	require.Less(t, heap()-before, store.StreamBytes())
}
