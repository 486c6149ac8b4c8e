package tests

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestAttackByLargestMessagesStaysInTheBudget sends the largest message on a
// thousand streams at once. Each is served, or refused and served later.
func TestAttackByLargestMessagesStaysInTheBudget(t *testing.T) {
	const connections = 10
	streams := 1000
	if testkit.RaceEnabled {
		streams = 300 // Each comes back again and again, and the race detector is slow.
	}
	// base is what the process has beside the budget: itself, what the transport
	// takes in of streams before they are refused, and the collector's share.
	const budget, base = 256 << 20, 192 << 20
	withoutMemoryLimit(t)
	s := startServer(t, "--memory-budget", "256MiB")
	ctx := bounded(t)
	raw := largestFile(t)
	outcomes := make(chan error, streams)
	var all sync.WaitGroup
	for range connections {
		p := dial(t, s.Addr)
		for range streams / connections {
			all.Go(func() { outcomes <- p.sendUntilServed(ctx, raw, outcomes) })
		}
	}
	go func() {
		all.Wait()
		close(outcomes)
	}()
	count := endings{}
	for err := range outcomes {
		if err == nil {
			count["served"]++
			continue
		}
		r := requireRefused(t, err, codes.ResourceExhausted, "MEMORY_EXHAUSTED")
		require.Positive(t, r.retryAfter)
		count.add(err)
	}
	t.Logf("%v", count)
	require.Equal(t, streams, count["served"])
	require.Positive(t, count["MEMORY_EXHAUSTED"], "the budget was reached")
	s.requireRSS(t, budget+base)
}

// withoutMemoryLimit takes the limit of the runtime away from what the test
// starts: the budget has to do.
func withoutMemoryLimit(t *testing.T) {
	t.Helper()
	t.Setenv("GOMEMLIMIT", "") // Only to have it restored.
	require.NoError(t, os.Unsetenv("GOMEMLIMIT"))
}

// largestFile is a file in one message, as large as it may be.
func largestFile(t *testing.T) []byte {
	t.Helper()
	raw, err := proto.Marshal(&fileuploadv1.UploadFileRequest{
		FileName: "large.bin", Data: testkit.NewContent(12, 1<<20).Bytes(0, 1<<20), IsLastChunk: true,
	})
	require.NoError(t, err)
	return raw
}

// sendUntilServed sends a file in one message until it is taken, and tells each
// refusal. It comes back after the time that the refusal says, and some more, since
// all others do.
func (p peer) sendUntilServed(ctx context.Context, raw []byte, refused chan<- error) error {
	for {
		err := p.sendRaw(ctx, raw)
		wait := refusalOf(err).retryAfter
		if err == nil || wait <= 0 {
			return err
		}
		refused <- err
		select {
		case <-time.After(wait + rand.N(wait)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
