package client

import (
	"fmt"
	"io"
	"math"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// cutConn breaks after it has carried so many bytes in both directions together.
type cutConn struct {
	net.Conn

	left atomic.Int64
}

func newCutConn(conn net.Conn, bytes int64) *cutConn {
	c := &cutConn{Conn: conn}
	c.left.Store(bytes)
	return c
}

func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.left.Add(-int64(n)) < 0 {
		_ = c.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func (c *cutConn) Write(p []byte) (int, error) {
	allowed := min(int64(len(p)), max(c.left.Add(-int64(len(p)))+int64(len(p)), 0))
	n, err := c.Conn.Write(p[:allowed])
	if n < len(p) && err == nil {
		_ = c.Close()
		return n, io.ErrClosedPipe
	}
	return n, err
}

// sendFaults are what happens to one stream.
type sendFaults struct {
	// frames after which the stream is ended; what is not durable is lost if
	// crash is set.
	frames int
	crash  bool
	// answerLost breaks the connection in place of the answer.
	answerLost bool
}

// Whatever is cut wherever: each point is stored once and in order, and the
// result counts each once.
func TestSendDataPointsIsExactlyOnceOverAnyCuts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		count := rapid.IntRange(0, 200).Draw(r, "points")
		batch := rapid.IntRange(1, 20).Draw(r, "batch")
		window := rapid.IntRange(1, 6).Draw(r, "window")
		faults := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) sendFaults {
			return sendFaults{
				frames:     rapid.IntRange(1, 8).Draw(r, "frames"),
				crash:      rapid.Bool().Draw(r, "crash"),
				answerLost: rapid.Bool().Draw(r, "answer lost"),
			}
		}), 0, 6).Draw(r, "faults")
		budgets := rapid.SliceOfN(rapid.Int64Range(0, 12_000), 0, 6).Draw(r, "bytes of connections")
		bad := rapid.SliceOfN(rapid.IntRange(0, 199), 0, 5).Draw(r, "bad points")
		lag := rapid.IntRange(0, window-1).Draw(r, "lag")
		largest := rapid.Int64Range(200, 2000).Draw(r, "largest message")

		var err error
		bubble(t, func(t *testing.T) {
			fake := newFakeCollector()
			fake.lag, fake.maxMessage = lag, largest
			fake.cut, fake.fault, fake.answer = faulty(fake, faults)
			fake.wrap = func(conn net.Conn) net.Conn {
				if n := len(fake.conns); n < len(budgets) {
					return newCutConn(conn, budgets[n])
				}
				return conn
			}
			err = checkExactlyOnce(t, fake, count, bad, WithBatchSize(batch), WithWindow(window))
		})
		if err != nil {
			r.Fatal(err)
		}
	})
}

// faulty returns the hooks of a fake that has the faults, one for each stream.
func faulty(fake *fakeCollector, faults []sendFaults) (
	cut, fault func(int, int64) error, answer func(int, *collectorv1.CollectDataPointsResponse) error,
) {
	end := func(crash bool) func(int, int64) error {
		return func(stream int, _ int64) error {
			if stream > len(faults) || faults[stream-1].crash != crash {
				return nil
			}
			if len(fake.stream(stream).sequences) < faults[stream-1].frames {
				return nil
			}
			return fakeError(codes.Unavailable, "STORAGE_FAILED", "cut")
		}
	}
	return end(false), end(true), func(stream int, _ *collectorv1.CollectDataPointsResponse) error {
		if stream <= len(faults) && faults[stream-1].answerLost {
			fake.drop()
		}
		return nil
	}
}

// checkExactlyOnce sends that many points, some of them bad, and compares what
// the server has and tells.
func checkExactlyOnce(t *testing.T, fake *fakeCollector, count int, bad []int, opts ...SendOption) error {
	c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 50}))
	defer stop()
	points := testPoints(count)
	rejected := map[int]bool{}
	for _, i := range bad {
		if i < count {
			points[i].Metrics["a"] = math.NaN()
			rejected[i] = true
		}
	}
	result, err := sendAll(t, c, points, append(opts, WithBatchDelay(time.Millisecond))...)
	if err != nil {
		return err
	}
	if result.TotalProcessed != int64(count) || result.Errors != int64(len(rejected)) || result.Duplicates != 0 ||
		result.ByReason["METRIC_VALUE_NOT_FINITE"] != int64(len(rejected)) {
		return fmt.Errorf("%d points, %d of them bad: %+v", count, len(rejected), result)
	}
	for _, e := range result.PointErrors {
		if !rejected[int(e.Point)] {
			return fmt.Errorf("a good point is called bad: %+v", e)
		}
	}
	stored := fake.stored()
	for i, point := range points {
		if rejected[i] {
			continue
		}
		if len(stored) == 0 || stored[0].GetSource() != point.GetSource() || stored[0].GetTimestamp() != point.GetTimestamp() {
			return fmt.Errorf("point %d is not where it belongs", i)
		}
		stored = stored[1:]
	}
	if len(stored) != 0 {
		return fmt.Errorf("%d points too many", len(stored))
	}
	return nil
}
