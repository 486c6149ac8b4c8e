package client

import (
	"fmt"
	"io"
	"math"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
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

// sendFault is a reason to end a stream that may go on.
type sendFault struct {
	code   codes.Code
	reason string
}

var sendFaultKinds = []sendFault{
	{codes.Unavailable, "STORAGE_FAILED"},
	{codes.Unavailable, reasonStreamTooOld},
	{codes.Unauthenticated, reasonTokenExpired},
	{codes.Unauthenticated, reasonCredentialsRevoked},
	{codes.DeadlineExceeded, reasonStreamIdle},
	{codes.DeadlineExceeded, reasonStreamTooSlow},
}

// sendFaults are what happens to one stream.
type sendFaults struct {
	// frames after which the stream is ended; what is not durable is lost if
	// crash is set.
	frames int
	crash  bool
	// reason of the end.
	reason sendFault
	// answerLost breaks the connection in place of the answer.
	answerLost bool
}

// sendCase is one sending and what happens to it.
type sendCase struct {
	items, batch, window int
	faults               []sendFaults
	// budgets are how many bytes the first connections carry.
	budgets []int64
	// bad are the places of items that the server rejects.
	bad     map[int]bool
	lag     int
	largest int64
}

func drawSendCase(r *rapid.T) sendCase {
	c := sendCase{
		items:  rapid.IntRange(0, 200).Draw(r, "items"),
		batch:  rapid.IntRange(1, 20).Draw(r, "batch"),
		window: rapid.IntRange(1, 6).Draw(r, "window"),
		faults: rapid.SliceOfN(rapid.Custom(func(r *rapid.T) sendFaults {
			return sendFaults{
				frames:     rapid.IntRange(1, 8).Draw(r, "frames"),
				crash:      rapid.Bool().Draw(r, "crash"),
				reason:     rapid.SampledFrom(sendFaultKinds).Draw(r, "reason"),
				answerLost: rapid.Bool().Draw(r, "answer lost"),
			}
		}), 0, 6).Draw(r, "faults"),
		budgets: rapid.SliceOfN(rapid.Int64Range(0, 12_000), 0, 6).Draw(r, "bytes of connections"),
		bad:     map[int]bool{},
		largest: rapid.Int64Range(200, 2000).Draw(r, "largest message"),
	}
	c.lag = rapid.IntRange(0, c.window-1).Draw(r, "lag")
	for _, place := range rapid.SliceOfN(rapid.IntRange(0, 199), 0, 5).Draw(r, "bad items") {
		if place < c.items {
			c.bad[place] = true
		}
	}
	return c
}

func (c sendCase) options() []SendOption {
	return []SendOption{WithBatchSize(c.batch), WithWindow(c.window), WithBatchDelay(time.Millisecond)}
}

// prepare has the fake do what the case says.
func prepare[Q fakeRequest, R proto.Message](c sendCase, fake *fakeIntake[Q, R]) {
	fake.lag, fake.maxMessage = c.lag, c.largest
	fake.wrap = func(conn net.Conn) net.Conn {
		if n := len(fake.conns); n < len(c.budgets) {
			return newCutConn(conn, c.budgets[n])
		}
		return conn
	}
	end := func(crash bool) func(int, int64) error {
		return func(stream int, _ int64) error {
			if stream > len(c.faults) || c.faults[stream-1].crash != crash {
				return nil
			}
			if len(fake.stream(stream).sequences) < c.faults[stream-1].frames {
				return nil
			}
			fault := c.faults[stream-1].reason
			return fakeError(fault.code, fault.reason, "cut")
		}
	}
	fake.cut, fake.fault = end(false), end(true)
	fake.answer = func(stream int, _ R) error {
		if stream <= len(c.faults) && c.faults[stream-1].answerLost {
			fake.drop()
		}
		return nil
	}
}

// checkCases checks a sending under any case in a bubble.
func checkCases(t *testing.T, check func(t *testing.T, c sendCase) error) {
	t.Helper()
	rapid.Check(t, func(r *rapid.T) {
		c := drawSendCase(r)
		var err error
		bubble(t, func(t *testing.T) { err = check(t, c) })
		if err != nil {
			r.Fatal(err)
		}
	})
}

// Whatever is cut wherever: each point is stored once and in order, and the
// result counts each once.
func TestSendDataPointsIsExactlyOnceOverAnyCuts(t *testing.T) {
	checkCases(t, checkPointsOnce)
}

func checkPointsOnce(t *testing.T, sent sendCase) error {
	fake := newFakeCollector()
	prepare(sent, fake.fakeIntake)
	c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 50}), WithTokenSource(new(countingSource)))
	defer stop()
	points := testPoints(sent.items)
	for i := range sent.bad {
		points[i].Metrics["a"] = math.NaN()
	}
	result, err := sendAll(t, c, points, sent.options()...)
	if err != nil {
		return err
	}
	if result.TotalProcessed != int64(sent.items) || result.Errors != int64(len(sent.bad)) || result.Duplicates != 0 ||
		result.ByReason["METRIC_VALUE_NOT_FINITE"] != int64(len(sent.bad)) {
		return fmt.Errorf("%d points, %d of them bad: %+v", sent.items, len(sent.bad), result)
	}
	for _, e := range result.PointErrors {
		if !sent.bad[int(e.Point)] {
			return fmt.Errorf("a good point is called bad: %+v", e)
		}
	}
	stored := fake.stored()
	for i, point := range points {
		if sent.bad[i] {
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

// Whatever is cut wherever: each entry that is not filtered is stored once and
// in order, and the result counts each once.
func TestSendLogsIsExactlyOnceOverAnyCuts(t *testing.T) {
	checkCases(t, checkLogsOnce)
}

func checkLogsOnce(t *testing.T, sent sendCase) error {
	fake := newFakeLogs()
	prepare(sent, fake.fakeIntake)
	c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 50}), WithTokenSource(new(countingSource)))
	defer stop()
	entries := testEntries(sent.items)
	var want []*LogEntry
	filtered := int64(0)
	for i, e := range entries {
		switch {
		case sent.bad[i]:
			e.Application = ""
		case i%7 == 3:
			e.Level = "debug"
			filtered++
		default:
			want = append(want, e)
		}
	}
	result, err := sendEntries(t, c, entries, sent.options()...)
	if err != nil {
		return err
	}
	rejected := int64(len(sent.bad))
	if result.Received != int64(sent.items) || result.Rejected != rejected || result.Filtered != filtered ||
		result.Indexed != int64(len(want)) || result.Duplicates != 0 || result.ErrorCounts["APPLICATION_INVALID"] != rejected {
		return fmt.Errorf("%d entries, %d of them bad, %d filtered: %+v", sent.items, rejected, filtered, result)
	}
	for _, e := range result.Errors {
		if !sent.bad[int(e.Entry)] {
			return fmt.Errorf("a good entry is called bad: %+v", e)
		}
	}
	if diff := cmp.Diff(want, fake.stored()); diff != "" {
		return fmt.Errorf("stored otherwise (-want +got):\n%.2000s", diff)
	}
	return nil
}
