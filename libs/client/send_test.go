package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

func testPoint(i int) *DataPoint {
	return &DataPoint{
		Source: fmt.Sprintf("src-%d", i), Timestamp: 1_790_000_000_000_000_000 + int64(i),
		Metrics: map[string]float64{"a": float64(i), "b": 1}, Tags: map[string]string{"zone": "z"},
	}
}

func testPoints(count int) []*DataPoint {
	points := make([]*DataPoint, count)
	for i := range points {
		points[i] = testPoint(i)
	}
	return points
}

// feed puts items into a channel and closes it.
func feed[T any](ctx context.Context, items []T) <-chan T {
	c := make(chan T)
	go func() {
		defer close(c)
		for _, item := range items {
			select {
			case c <- item:
			case <-ctx.Done():
				return
			}
		}
	}()
	return c
}

// sendAll sends the points, and ends what feeds them when the call returns.
func sendAll(t *testing.T, c *StreamingClient, points []*DataPoint, opts ...SendOption) (*SendResult, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	return c.SendDataPoints(t.Context(), feed(ctx, points), opts...)
}

func mustResult(t *testing.T, result *SendResult, err error) *SendResult {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wantStored fails unless the server has exactly the points, in their order.
func wantStored(t *testing.T, fake *fakeCollector, points []*DataPoint) {
	t.Helper()
	if diff := cmp.Diff(points, fake.stored(), protocmp.Transform(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("stored otherwise (-want +got):\n%.2000s", diff)
	}
}

func sendError(t *testing.T, err error, code codes.Code, reason string) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error %v is no Error", err)
	}
	if e.Code != code || e.Reason != reason {
		t.Errorf("error %s %q, want %s %q: %v", e.Code, e.Reason, code, reason, err)
	}
	return e
}

func TestSendDataPointsBringsEveryPoint(t *testing.T) {
	for _, count := range []int{0, 1, 9, 10, 11, 1000, 1005} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				c, stop := fake.serve(t)
				defer stop()
				points := testPoints(count)
				result, err := sendAll(t, c, points, WithBatchSize(10))
				mustResult(t, result, err)
				wantStored(t, fake, points)
				frames := int64(count+9) / 10
				want := &SendResult{
					TotalProcessed: int64(count), Successful: int64(count), ByReason: map[string]int64{},
					PointErrors: []PointError{}, Statistics: []MetricStatistics{},
					ProducerID: result.ProducerID, Position: Position{Received: frames, Durable: frames},
					Frames: frames, Attempts: 1, Duration: result.Duration, Rate: result.Rate,
				}
				if diff := cmp.Diff(want, result); diff != "" {
					t.Error(diff)
				}
				if first := fake.stream(1).first; len(first.GetPoints()) != 0 || first.GetSequence() != 0 ||
					first.GetProducerId() != result.ProducerID || len(result.ProducerID) != 36 {
					t.Errorf("first message %v", first)
				}
			})
		})
	}
}

func TestSendDataPointsRefusesOptionsItCantKeep(t *testing.T) {
	c, stop := newFakeCollector().serve(t)
	defer stop()
	tests := map[string]SendOption{
		"epoch -1":            WithProducer("p", -1),
		"batch size 0":        WithBatchSize(0),
		"batch delay 0s":      WithBatchDelay(0),
		"window of 0":         WithWindow(0),
		"progress interval 0": WithProgressInterval(0),
	}
	for want, opt := range tests {
		_, err := c.SendDataPoints(t.Context(), nil, opt)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func TestSendDataPointsTellsEachReason(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		c, stop := fake.serve(t)
		defer stop()
		points := testPoints(50)
		points[7].Source = ""
		points[23].Source = ""
		points[42].Metrics["b"] = math.NaN()
		result, err := sendAll(t, c, points, WithBatchSize(10))
		mustResult(t, result, err)
		if result.TotalProcessed != 50 || result.Successful != 47 || result.Errors != 3 {
			t.Errorf("%+v", result)
		}
		if diff := cmp.Diff(map[string]int64{"SOURCE_INVALID": 2, "METRIC_VALUE_NOT_FINITE": 1}, result.ByReason); diff != "" {
			t.Error(diff)
		}
		want := []PointError{
			{Point: 7, Sequence: 1, Index: 7, Field: "field", Reason: "SOURCE_INVALID", Description: "why"},
			{Point: 23, Sequence: 3, Index: 3, Field: "field", Reason: "SOURCE_INVALID", Description: "why"},
			{Point: 42, Sequence: 5, Index: 2, Field: "field", Reason: "METRIC_VALUE_NOT_FINITE", Description: "why"},
		}
		if diff := cmp.Diff(want, result.PointErrors); diff != "" {
			t.Error(diff)
		}
	})
}

// A frame that is not full goes after the delay since its first point.
func TestSendDataPointsDoesNotWaitForAFullFrame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		c, stop := fake.serve(t)
		defer stop()
		points := make(chan *DataPoint)
		begun := time.Now()
		go func() {
			defer close(points)
			for i := range 7 {
				points <- testPoint(i)
				time.Sleep(40 * time.Millisecond)
			}
		}()
		result, err := c.SendDataPoints(t.Context(), points, WithBatchDelay(100*time.Millisecond))
		mustResult(t, result, err)
		s := fake.stream(1)
		if diff := cmp.Diff([]int{3, 3, 1}, s.sizes); diff != "" {
			t.Error(diff)
		}
		for i, want := range []time.Duration{100 * time.Millisecond, 220 * time.Millisecond, 280 * time.Millisecond} {
			if got := s.times[i].Sub(begun); got != want {
				t.Errorf("frame %d came after %s, want %s", i+1, got, want)
			}
		}
	})
}

// A server that makes nothing durable stops the channel, and nothing else does.
func TestSendDataPointsReadsNoMoreThanItsWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.manual = true
		c, stop := fake.serve(t)
		defer stop()
		points := make(chan *DataPoint)
		taken := 0
		go func() {
			defer close(points)
			for i := range 100 {
				points <- testPoint(i)
				taken++
			}
		}()
		var result *SendResult
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			result, err = c.SendDataPoints(t.Context(), points, WithBatchSize(5), WithWindow(3), WithProducer("p", 0))
		}()
		for _, durable := range []int{0, 3, 6} {
			time.Sleep(time.Minute)
			synctest.Wait()
			// The window, and the frame that waits for room.
			if want := (durable + 3 + 1) * 5; taken != want {
				t.Errorf("%d points were read with %d frames durable, want %d", taken, durable, want)
			}
			if received := fake.received("p"); received != int64(durable+3) {
				t.Errorf("%d frames received with %d durable", received, durable)
			}
			fake.sync()
		}
		for {
			select {
			case <-done:
				mustResult(t, result, err)
				wantStored(t, fake, testPoints(100))
				return
			case <-time.After(time.Second):
				fake.sync()
			}
		}
	})
}

func TestSendDataPointsHeedsTheLimitsOfTheServer(t *testing.T) {
	tests := []struct {
		name       string
		maxMessage int64
		maxItems   int32
	}{
		{"bytes", 1000, 0},
		{"points", 1 << 20, 7},
		{"both", 500, 9},
		{"none told", 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				fake.maxItems = test.maxItems
				fake.hello = func(_ int, h *streamv1.Hello) { h.MaxMessageBytes = test.maxMessage }
				c, stop := fake.serve(t)
				defer stop()
				points := testPoints(200)
				result, err := sendAll(t, c, points)
				mustResult(t, result, err)
				wantStored(t, fake, points)
				if s := fake.stream(1); test.maxMessage > 0 && (int64(s.largest) > test.maxMessage || s.largest < 300) {
					t.Errorf("the largest message has %d bytes", s.largest)
				}
			})
		})
	}
}

// Everything before a point that can't be sent is durable, and the error names
// it.
func TestSendDataPointsNamesThePointThatCantBeSent(t *testing.T) {
	large := testPoint(25)
	large.Tags["t"] = strings.Repeat("x", 1000)
	broken := testPoint(25)
	broken.Source = "\xff"
	for name, bad := range map[string]*DataPoint{"nil": nil, "bytes": large, "UTF-8": broken} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				fake.lag, fake.maxMessage = 1, 1000
				c, stop := fake.serve(t)
				defer stop()
				points := testPoints(50)
				points[25] = bad
				_, err := sendAll(t, c, points, WithBatchSize(10))
				e := sendError(t, err, codes.InvalidArgument, "")
				if !errors.Is(err, ErrPointRefused) || !strings.Contains(err.Error(), "point 25") || !strings.Contains(err.Error(), name) {
					t.Errorf("error %v", err)
				}
				if e.DurablePoints != 25 || e.Position.Durable == 0 {
					t.Errorf("%d points durable, position %+v", e.DurablePoints, e.Position)
				}
				wantStored(t, fake, points[:25])
			})
		})
	}
}

func TestSendDataPointsEndsWithItsContext(t *testing.T) {
	tests := map[string]func(*fakeCollector){
		"while the channel is empty": func(*fakeCollector) {},
		"while the window is full":   func(f *fakeCollector) { f.lag = 2 },
		"in a pause": func(f *fakeCollector) {
			f.cut = func(_ int, received int64) error {
				if received == 6 {
					return draining(time.Hour, 0)
				}
				return nil
			}
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				prepare(fake)
				c, stop := fake.serve(t)
				defer stop()
				points := make(chan *DataPoint, 100)
				for i := range 60 {
					points <- testPoint(i)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				begun := time.Now()
				_, err := c.SendDataPoints(ctx, points, WithProducer("p", 3), WithBatchSize(10), WithWindow(2))
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
					t.Errorf("error %v after %s", err, time.Since(begun))
				}
				e, ok := errors.AsType[*Error](err)
				if !ok || e.ProducerID != "p" || e.Epoch != 3 || e.UploadID != "" {
					t.Fatalf("error %+v", e)
				}
				want := int64(len(fake.stored()))
				if e.DurablePoints != want || e.Position.Durable != want/10 {
					t.Errorf("%d points durable there, error %+v", want, e)
				}
			})
		})
	}
}

func TestSendDataPointsEndsWhenCancelled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		c, stop := fake.serve(t)
		defer stop()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := c.SendDataPoints(ctx, make(chan *DataPoint))
		sendError(t, err, codes.Canceled, "")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

// A producer that the caller names goes on behind its last frame, and each call
// counts its own points.
func TestSendDataPointsGoesOnAsTheSameProducer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		c, stop := fake.serve(t)
		defer stop()
		points := testPoints(100)
		points[3].Source, points[64].Source, points[90].Source = "", "", ""
		var stored []*DataPoint
		for i, epoch := range []int64{0, 0, 0, 1} {
			part := points[i*25 : (i+1)*25]
			result, err := sendAll(t, c, part, WithProducer("p", epoch), WithBatchSize(10))
			mustResult(t, result, err)
			if result.TotalProcessed != 25 || result.Frames != 3 || result.Position.Durable != int64(3*(i+1)) || result.Attempts != 1 {
				t.Errorf("call %d: %+v", i, result)
			}
			for j, point := range part {
				if point.GetSource() != "" {
					stored = append(stored, point)
				} else if len(result.PointErrors) != 1 || result.PointErrors[0].Point != int64(j) || result.Errors != 1 {
					t.Errorf("call %d: %+v", i, result)
				}
			}
		}
		wantStored(t, fake, stored)
		// Nothing to send: nothing of the earlier calls is counted.
		result, err := sendAll(t, c, nil, WithProducer("p", 1))
		mustResult(t, result, err)
		if result.TotalProcessed != 0 || result.Frames != 0 || len(result.PointErrors) != 0 || result.Position.Durable != 12 {
			t.Errorf("without points: %+v", result)
		}
	})
}

func TestSendDataPointsRunsSeveralTimesAtOnce(t *testing.T) {
	fake := newFakeCollector()
	fake.lag = 3
	c, stop := fake.serve(t)
	defer stop()
	const calls = 8
	errs := make(chan error, calls)
	for range calls {
		go func() {
			result, err := c.SendDataPoints(t.Context(), feed(t.Context(), testPoints(3000)), WithBatchSize(50), WithWindow(8))
			if err == nil && result.Successful != 3000 {
				err = fmt.Errorf("%d points accepted", result.Successful)
			}
			errs <- err
		}()
	}
	for range calls {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := len(fake.stored()); got != calls*3000 {
		t.Errorf("%d points stored", got)
	}
}

func TestSendDataPointsComparesTheReceipt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.answer = func(_ int, r *collectorv1.CollectDataPointsResponse) error {
			r.EpochTotals.SuccessfulCount--
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		_, err := sendAll(t, c, testPoints(100))
		if e := sendError(t, err, codes.DataLoss, ""); !errors.Is(err, ErrReceiptDiffers) || e.DurablePoints != 100 {
			t.Errorf("error %v", err)
		}
	})
}

// The pool's buffers are shared by calls, gRPC and the window: what is sent
// again is what was sent first.
func TestSendDataPointsKeepsLargeFramesIntact(t *testing.T) {
	fake := newFakeCollector()
	fake.lag = 4
	fake.fault = func(stream int, received int64) error {
		if stream <= 3 && received == int64(stream)*8 {
			return cutOff(codes.Unavailable, "STORAGE_FAILED", received, 0)
		}
		return nil
	}
	c, stop := fake.serve(t, WithRetry(RetryPolicy{InitialBackoff: time.Millisecond}))
	defer stop()
	points := testPoints(20_000)
	result, err := sendAll(t, c, points, WithBatchSize(1000), WithWindow(5))
	mustResult(t, result, err)
	wantStored(t, fake, points)
	if result.Attempts < 2 {
		t.Errorf("%d attempts", result.Attempts)
	}
}
