package tests

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestFullDiskOfPoints fills the disk with points. The server says so, keeps
// what it has acknowledged, serves on, and goes on when there is room again.
func TestFullDiskOfPoints(t *testing.T) {
	t.Run("tmpfs", func(t *testing.T) { testFullDiskOfPoints(t, testkit.SmallDisk(t, 128<<20)) })
	// ext4 gives room out late, some of it not before a sync.
	t.Run("ext4", func(t *testing.T) { testFullDiskOfPoints(t, testkit.NewExt4(t, 128).Data()) })
}

// room is what the ballast leaves free.
const room = 12 << 20

func testFullDiskOfPoints(t *testing.T, disk string) {
	t.Helper()
	dataDir := filepath.Join(disk, "sluice")
	require.NoError(t, os.Mkdir(dataDir, 0o700))
	s := startCollectorIn(t, dataDir, "--journal-min-free-space", "4MiB", "--store-batch-interval", "50ms",
		"--journal-segment-size", "8MiB")
	ctx := bounded(t)
	witness := stored{}
	witness.take(tick("witness", 1))
	_, err := s.deliver(ctx, producer("witness", 0), numberedFrame(1, tick("witness", 1)))
	require.NoError(t, err)
	s.requireQueried(ctx, t, witness, ofSource("witness"), waitFor("witness", 1))
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
		s.requireQueried(ctx, t, witness, ofSource("witness"), nil)
	}
	s.requireAtLeast(ctx, t, id, s.mustPosition(ctx, t, id).GetApplied())
	t.Logf("the store found the disk full: %v", strings.Contains(s.Logs(), "could not bring the journal into the store"))
	require.NoError(t, os.Remove(ballast))

	stream, hello := s.mustOpen(ctx, t, producer(id, 0))
	last := hello.GetNext() + 9
	require.GreaterOrEqual(t, hello.GetPosition().GetDurable(), durable)
	for sequence := hello.GetNext(); sequence <= last; sequence++ {
		require.NoError(t, stream.send(fullFrame(sequence)))
	}
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, last*fullPoints, receipt.GetEpochTotals().GetSuccessfulCount())
	wait := waitFor(id, last)
	wait.Timeout = durationpb.New(time.Minute) // The store tries again at its own pace.
	want := fullContents(last)
	s.requireQueried(ctx, t, want, ofSource("full"), wait)
	t.Logf("%d frames were durable when the disk was full", durable)
	s.Restart()
	s.requireQueried(ctx, t, want, ofSource("full"), nil)
	s.requireQueried(ctx, t, witness, ofSource("witness"), nil)
}

// requireAtLeast wants what was applied to be seen while the disk is full, even
// if more is.
func (s *collector) requireAtLeast(ctx context.Context, t *testing.T, id string, applied int64) {
	t.Helper()
	if applied == 0 {
		return
	}
	request := ofSource("full").request()
	request.WaitFor = waitFor(id, applied)
	got, err := s.query(ctx, request)
	require.NoError(t, err)
	want := fullContents(applied)
	require.Empty(t, first(want.without(got)))
}

func freeBytes(t *testing.T, dir string) int64 {
	t.Helper()
	var disk syscall.Statfs_t
	require.NoError(t, syscall.Statfs(dir, &disk))
	return int64(disk.Bavail) * disk.Bsize
}

// fill sends frames until the server refuses one, and returns why. What it had
// told to be durable must still be there.
func (s *collector) fill(ctx context.Context, t *testing.T, id string, durable int64) error {
	t.Helper()
	stream, err := s.open(ctx, producer(id, 0))
	require.NoError(t, err)
	hello, err := stream.hello()
	if err != nil {
		return err
	}
	require.GreaterOrEqual(t, hello.GetPosition().GetDurable(), durable)
	const enough = 2000 // frames fill any disk of the test
	for sequence := hello.GetNext(); sequence < hello.GetNext()+enough; sequence++ {
		if err := stream.send(fullFrame(sequence)); err != nil {
			return err
		}
	}
	return errors.New("the disk does not get full")
}

// fullPoints is the number of points in a frame that fills a disk.
const fullPoints = 10

// fullFrame has points of series with long tags, which take some 4 KiB each.
func fullFrame(sequence int64) *pointsRequest {
	random := rand.New(rand.NewPCG(uint64(sequence), 0))
	frame := numberedFrame(sequence)
	for i := range int64(fullPoints) {
		point := tick("full", sequence*fullPoints+i)
		point.Tags = map[string]string{}
		for tag := range 16 {
			point.Tags[fmt.Sprintf("t%d", tag)] = randomText(random, 250)
		}
		frame.Points = append(frame.Points, point)
	}
	return frame
}

func randomText(random *rand.Rand, length int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
	text := make([]byte, length)
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return string(text)
}

// fullContents is what the frames up to one bring.
func fullContents(last int64) stored {
	all := stored{}
	for sequence := int64(1); sequence <= last; sequence++ {
		all.take(fullFrame(sequence).GetPoints()...)
	}
	return all
}
