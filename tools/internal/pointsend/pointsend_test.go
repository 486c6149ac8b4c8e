package pointsend_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
	"github.com/sluice-ingest/sluice/tools/internal/pointsend"
)

func TestAFeedKnowsTheLineOfEachPoint(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")
	require.NoError(t, os.WriteFile(a, []byte("timestamp,value\n1441045320,1\nbad,2\n\n1441045320,3\n1441045320,4\n"), 0o600))
	require.NoError(t, os.WriteFile(b, []byte("1441045320,5\n1441045320,6\n"), 0o600))
	var bad []string
	feed := &pointsend.Feed{
		Paths: []string{a, b, filepath.Join(dir, "gone.csv")}, Skip: 1,
		Bad: func(line *pointfile.LineError) { bad = append(bad, fmt.Sprint(line.Line)) },
		Failed: func(path string, err error) {
			bad = append(bad, filepath.Base(path))
			require.ErrorContains(t, err, "no such file")
		},
	}
	points := make(chan *client.DataPoint, 10)
	feed.Run(t.Context(), points)
	var places []string
	for i := int64(0); ; i++ {
		if _, ok := <-points; !ok {
			_, _, known := feed.Place(i)
			require.False(t, known)
			break
		}
		path, line, ok := feed.Place(i)
		require.True(t, ok)
		places = append(places, fmt.Sprint(filepath.Base(path), ":", line))
	}
	require.Equal(t, []string{"a.csv:5", "a.csv:6", "b.csv:1", "b.csv:2"}, places)
	require.Equal(t, []string{"3", "gone.csv"}, bad)
	require.Equal(t, int64(1), feed.Skipped())
	_, _, ok := feed.Place(-1)
	require.False(t, ok)
}

// Gaps between the lines of points take memory, which is bounded: what lies
// behind is not told, and not told wrongly.
func TestAFeedForgetsPlacesRatherThanMemory(t *testing.T) {
	const count = 100_100
	feed := &pointsend.Feed{
		Paths: []string{pointfile.Stdin}, Stdin: strings.NewReader(strings.Repeat("1441045320,1\n\n", count)),
		Options: pointfile.Options{Source: "s"},
	}
	points := make(chan *client.DataPoint, count)
	feed.Run(t.Context(), points)
	require.Len(t, points, count)
	_, line, ok := feed.Place(99_999)
	require.True(t, ok)
	require.Equal(t, 199_999, line)
	for _, point := range []int64{100_000, 100_050, count - 1} {
		_, _, ok = feed.Place(point)
		require.False(t, ok)
	}
}

func TestAFeedStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	feed := &pointsend.Feed{
		Paths: []string{pointfile.Stdin}, Stdin: strings.NewReader("1441045320,1\n1441045320,2\n"), Options: pointfile.Options{Source: "s"},
		Failed: func(string, error) { t.Error("a stop is no failure") },
	}
	cancel()
	feed.Run(ctx, make(chan *client.DataPoint))
}

func TestProgressIsOneLineOnATerminalAndStaysOutOfTheWayOfNotes(t *testing.T) {
	var log strings.Builder
	p := &pointsend.Progress{Log: &log, Draw: true}
	p.Moved(client.SendProgress{State: client.TransferRunning, Sent: 1000, Durable: 500, Rate: 2000, Elapsed: time.Second})
	p.Note("bad line")
	p.Moved(client.SendProgress{State: client.TransferDone})
	const erase, line = "\r\x1b[K", "\x1b[?7l1,000 points sent, 500 durable  2,000 points/s  1.00s\x1b[?7h"
	require.Equal(t, erase+line+erase+"bad line\n"+erase+line+erase, log.String())
}

func TestProgressIsALineEachTimeElsewhere(t *testing.T) {
	var log strings.Builder
	p := &pointsend.Progress{Log: &log}
	p.Moved(client.SendProgress{State: client.TransferWaiting, Sent: 3, Durable: 2, Attempt: 1, Pause: time.Second})
	p.Moved(client.SendProgress{State: client.TransferDone})
	require.Equal(t, "3 points sent, 2 durable, cut; attempt 2 in 1.00s\n", log.String())
	log.Reset()
	quiet := &pointsend.Progress{Log: &log, Quiet: true}
	quiet.Moved(client.SendProgress{State: client.TransferRunning})
	require.Empty(t, log.String())
}

func TestProgressSaysWhyItWaits(t *testing.T) {
	full := status.New(codes.ResourceExhausted, "the storage is full")
	full, err := full.WithDetails(&errdetails.ErrorInfo{Domain: "sluice", Reason: "STORAGE_FULL"})
	require.NoError(t, err)
	var log strings.Builder
	p := &pointsend.Progress{Log: &log}
	waiting := client.SendProgress{State: client.TransferWaiting, Sent: 3, Durable: 2, Attempt: 1, Pause: time.Second, Failure: full.Err()}
	p.Moved(waiting)
	require.Equal(t, "3 points sent, 2 durable, cut; attempt 2 in 1.00s: STORAGE_FULL: the storage is full\n", log.String())
	for state, kept := range map[client.TransferState]bool{
		client.TransferConnecting: true, client.TransferFailed: true,
		client.TransferRunning: false, client.TransferFinishing: false, client.TransferDone: false,
	} {
		p := &pointsend.Progress{Log: &log, Quiet: true}
		p.Moved(waiting)
		p.Moved(client.SendProgress{State: state})
		require.Equal(t, kept, p.Failure() != nil, state)
	}
}

func TestTheFirstHundredNotesAreTold(t *testing.T) {
	var log strings.Builder
	p := &pointsend.Progress{Log: &log}
	for range 150 {
		p.Note("bad")
	}
	require.Equal(t, strings.Repeat("bad\n", 100)+"… more lines that can't be read; they are counted\n", log.String())
}

func TestSummaryShowsEachReasonWithItsFirstExamples(t *testing.T) {
	s := pointsend.Summary{
		Result: &client.SendResult{
			TotalProcessed: 1020, Successful: 1005, Errors: 5, Duplicates: 10, Duration: time.Second, Rate: 1020, Frames: 2,
			ProducerID: "p", Epoch: 1, Position: client.Position{Durable: 9},
			ByReason: map[string]int64{"A": 4, "B": 1},
			PointErrors: []client.PointError{
				{Point: 0, Reason: "A", Field: "f", Description: "one"}, {Point: 1, Reason: "A", Description: "two"},
				{Point: -1, Sequence: 2, Index: 3, Reason: "A", Description: "three"}, {Point: 4, Reason: "A", Description: "four"},
			},
		},
		Skipped: 1, BadLines: 2, FailedInputs: 3,
		Place: func(point int64) (string, int, bool) { return "x.csv", int(point) + 2, point >= 0 },
	}
	require.False(t, s.Complete())
	require.Equal(t, `1,005 of 1,020 points accepted in 1.00s (1,020 points/s)
5 points rejected:
  4 A
      x.csv:2  f: one
      x.csv:3  two
      frame 2, point 3  three
  1 B
10 points known already and dropped
1 point passed over, which the producer has sent before
2 lines could not be read
3 inputs failed`, s.Text())
	require.Equal(t, "producer p, epoch 1, 2 frames; a query sees them with --wait p:9", s.Receipt())
}
