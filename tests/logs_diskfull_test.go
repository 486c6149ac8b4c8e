package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestFullDiskOfLogs fills the disk with entries. The server says so, keeps what
// it has acknowledged, serves on, and goes on when there is room again.
func TestFullDiskOfLogs(t *testing.T) {
	t.Run("tmpfs", func(t *testing.T) { testFullDiskOfLogs(t, testkit.SmallDisk(t, 128<<20)) })
	// ext4 gives room out late, some of it not before a sync.
	t.Run("ext4", func(t *testing.T) { testFullDiskOfLogs(t, testkit.NewExt4(t, 128).Data()) })
}

func testFullDiskOfLogs(t *testing.T, disk string) {
	t.Helper()
	dataDir := filepath.Join(disk, "sluice")
	require.NoError(t, os.Mkdir(dataDir, 0o700))
	s := startLogsIn(t, dataDir, "--journal-min-free-space", "4MiB", "--store-batch-interval", "50ms",
		"--journal-segment-size", "8MiB")
	ctx := bounded(t)
	var kept indexedLogs
	kept = kept.with(plainLog("kept", 1))
	_, err := s.deliver(ctx, logProducer("kept", 0), logFrame(1, plainLog("kept", 1).logEntry))
	require.NoError(t, err)
	s.requireSearched(ctx, t, kept, ofApplication("kept"), waitFor("kept", 1))
	ballast := filepath.Join(disk, "ballast")
	testkit.NewContent(51, freeBytes(t, disk)-room).WriteFile(t, ballast)

	id := uuid.NewString()
	var durable int64
	for range 3 {
		r := requireRefused(t, s.fill(ctx, t, id, durable), codes.ResourceExhausted, "STORAGE_FULL")
		require.Positive(t, r.retryAfter)
		require.Equal(t, id, r.cut.GetWorkId())
		durable = r.cut.GetPosition().GetDurable()
		require.Positive(t, durable)
		s.requireSearched(ctx, t, kept, ofApplication("kept"), nil)
	}
	s.requireAtLeast(ctx, t, id, s.mustPosition(ctx, t, id).GetApplied())
	t.Logf("the store found the disk full: %v", strings.Contains(s.Logs(), "could not bring the journal into the store"))
	require.NoError(t, os.Remove(ballast))

	stream, hello := s.mustOpen(ctx, t, logProducer(id, 0))
	last := hello.GetNext() + 9
	require.GreaterOrEqual(t, hello.GetPosition().GetDurable(), durable)
	for sequence := hello.GetNext(); sequence <= last; sequence++ {
		require.NoError(t, stream.send(logFrame(sequence, logEntries(fullLogs(sequence, sequence))...)))
	}
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, last*fullPoints, receipt.GetEpochTotals().GetIndexedCount())
	wait := waitFor(id, last)
	wait.Timeout = durationpb.New(time.Minute) // The store tries again at its own pace.
	want := fullContentsOfLogs(last)
	s.requireSearched(ctx, t, want, ofApplication("full"), wait)
	t.Logf("%d frames were durable when the disk was full", durable)
	s.Restart()
	s.requireSearched(ctx, t, want, ofApplication("full"), nil)
	s.requireSearched(ctx, t, kept, ofApplication("kept"), nil)
}

// requireAtLeast wants what was applied to be seen while the disk is full, even
// if more is.
func (s *logServer) requireAtLeast(ctx context.Context, t *testing.T, id string, applied int64) {
	t.Helper()
	if applied == 0 {
		return
	}
	request := oldestFirst(ofApplication("full"))
	request.WaitFor = waitFor(id, applied)
	got, _, err := s.search(ctx, request)
	require.NoError(t, err)
	require.Empty(t, first(fullContentsOfLogs(applied).without(got)))
}

// fill sends frames until the server refuses one, and returns why. What it had
// told to be durable must still be there.
func (s *logServer) fill(ctx context.Context, t *testing.T, id string, durable int64) error {
	t.Helper()
	stream, err := s.open(ctx, logProducer(id, 0))
	require.NoError(t, err)
	hello, err := stream.hello()
	if err != nil {
		return err
	}
	require.GreaterOrEqual(t, hello.GetPosition().GetDurable(), durable)
	const enough = 2000 // frames fill any disk of the test
	for sequence := hello.GetNext(); sequence < hello.GetNext()+enough; sequence++ {
		if err := stream.send(logFrame(sequence, logEntries(fullLogs(sequence, sequence))...)); err != nil {
			return err
		}
	}
	return errors.New("the disk does not get full")
}

// fullLogs are the entries of the frames from one to another, which take some 4
// KiB each.
func fullLogs(from, to int64) (entries []sentEntry) {
	for sequence := from; sequence <= to; sequence++ {
		random := rand.New(rand.NewPCG(uint64(sequence), 0))
		for i := range int64(fullPoints) {
			e := plainLog("full", sequence*fullPoints+i)
			e.Message = fmt.Sprintf("entry %d\n%s", sequence*fullPoints+i, randomWords(random, 4000))
			e.want.Message = e.Message
			entries = append(entries, e)
		}
	}
	return entries
}

// randomWords are of letters that are in no secret's form.
func randomWords(random *rand.Rand, length int) string {
	text := make([]byte, length)
	for i := range text {
		if text[i] = byte('a' + random.IntN(26)); i%9 == 8 {
			text[i] = ' '
		}
	}
	return string(text)
}

// fullContentsOfLogs is what the frames up to one bring.
func fullContentsOfLogs(last int64) (all indexedLogs) {
	all = all.with(fullLogs(1, last)...)
	return all
}
