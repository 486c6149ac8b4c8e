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

func TestAFeedStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	feed := &pointsend.Feed{
		Paths: []string{pointfile.Stdin}, Stdin: strings.NewReader("1441045320,1\n1441045320,2\n"), Options: pointfile.Options{Source: "s"},
		Failed: func(string, error) { t.Error("a stop is no failure") },
	}
	cancel()
	feed.Run(ctx, make(chan *client.DataPoint))
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
	require.Equal(t, "producer p, epoch 1, 2 frames\n"+
		"a query may not see them for up to 0.5 s, the batch interval by default; with --wait p:9 it does", s.Receipt())
}
