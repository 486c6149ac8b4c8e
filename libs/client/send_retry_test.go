package client

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// onceAt returns err when the first stream has brought the given frame.
func onceAt(frame int64, err error) func(int, int64) error {
	return func(stream int, received int64) error {
		if stream == 1 && received == frame {
			return err
		}
		return nil
	}
}

// What the server has is not sent again, and what it has lost is.
func TestSendDataPointsGoesOnAfterACut(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*fakeCollector)
		want    []int64 // the frames of the second stream
	}{
		{"everything received is kept", func(f *fakeCollector) {
			f.lag, f.cut = 2, onceAt(5, cutOff(codes.Unavailable, "DRAINING", 5, 5))
		}, []int64{6, 7, 8, 9, 10}},
		{"what was not durable is lost", func(f *fakeCollector) {
			f.lag, f.fault = 2, onceAt(5, cutOff(codes.Unavailable, "STORAGE_FAILED", 3, 3))
		}, []int64{4, 5, 6, 7, 8, 9, 10}},
		{"the first frame is lost", func(f *fakeCollector) {
			f.lag, f.fault = 1, onceAt(1, cutOff(codes.Unavailable, "STORAGE_FAILED", 0, 0))
		}, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{"the connection breaks", func(f *fakeCollector) {
			f.lag = 2
			f.cut = func(stream int, received int64) error {
				if stream == 1 && received == 5 {
					f.drop()
				}
				return nil
			}
		}, nil},
		{"a gap is found", func(f *fakeCollector) {
			f.lag, f.fault = 2, onceAt(5, cutOff(codes.FailedPrecondition, reasonSequenceGap, 3, 3))
		}, []int64{4, 5, 6, 7, 8, 9, 10}},
		{"the disk is full", func(f *fakeCollector) {
			full := fakeError(codes.ResourceExhausted, "STORAGE_FULL", "full", &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Minute)})
			f.lag, f.fault = 2, onceAt(5, full)
		}, []int64{4, 5, 6, 7, 8, 9, 10}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				test.prepare(fake)
				c, stop := fake.serve(t)
				defer stop()
				points := testPoints(100)
				points[13].Source, points[77].Source = "", ""
				result, err := sendAll(t, c, points, WithBatchSize(10), WithWindow(4))
				mustResult(t, result, err)
				wantStored(t, fake, append(append(slices.Clone(points[:13]), points[14:77]...), points[78:]...))
				if result.Successful != 98 || result.Errors != 2 || result.ByReason["SOURCE_INVALID"] != 2 ||
					result.Duplicates != 0 || result.TotalProcessed != 100 || result.Attempts != 2 || result.Frames != 10 {
					t.Errorf("%+v", result)
				}
				if s := fake.stream(2); test.want != nil && !slices.Equal(s.sequences, test.want) {
					t.Errorf("frames %v on the second stream, want %v", s.sequences, test.want)
				}
				if e := result.PointErrors[len(result.PointErrors)-1]; e.Point != 77 {
					t.Errorf("point errors %+v", result.PointErrors)
				}
			})
		})
	}
}

func TestSendDataPointsPausesBetweenAttempts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		delays := []time.Duration{0, 5 * time.Second, 0}
		fake := newFakeCollector()
		fake.refuse = func(stream int) error {
			if stream > len(delays) {
				return nil
			}
			return draining(delays[stream-1], 0)
		}
		c, stop := fake.serve(t, WithRetry(RetryPolicy{InitialBackoff: time.Second, MaxBackoff: 3 * time.Second}))
		defer stop()
		c.random = func() float64 { return 0.5 }
		result, err := sendAll(t, c, testPoints(1))
		mustResult(t, result, err)
		want := []time.Duration{500 * time.Millisecond, 6 * time.Second, 1500 * time.Millisecond}
		for i, pause := range want {
			if got := fake.stream(i + 2).at.Sub(fake.stream(i + 1).at); got != pause {
				t.Errorf("pause %d was %s, want %s", i+1, got, pause)
			}
		}
	})
}

func TestSendDataPointsGivesUpWithoutProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.lag = 100
		fake.fault = func(_ int, received int64) error {
			if received == 3 {
				return draining(0, 0)
			}
			return nil
		}
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 3}))
		defer stop()
		_, err := sendAll(t, c, testPoints(100), WithBatchSize(10))
		e := sendError(t, err, codes.Unavailable, "DRAINING")
		if fake.streamCount() != 3 || e.DurablePoints != 0 {
			t.Errorf("%d streams, error %+v", fake.streamCount(), e)
		}
	})
}

func TestSendDataPointsGoesOnWhileThereIsProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.fault = func(stream int, received int64) error {
			if received >= int64(stream) {
				return draining(0, received)
			}
			return nil
		}
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 2}))
		defer stop()
		points := testPoints(200)
		result, err := sendAll(t, c, points, WithBatchSize(10))
		mustResult(t, result, err)
		wantStored(t, fake, points)
		if result.Attempts < 20 || result.Successful != 200 {
			t.Errorf("%+v", result)
		}
	})
}

// A stream that is cut because nothing comes is no failure.
func TestSendDataPointsOutlivesIdleCuts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 2}))
		defer stop()
		points := make(chan *DataPoint)
		go func() {
			defer close(points)
			points <- testPoint(0)
			for range 20 {
				time.Sleep(time.Minute)
				fake.drop()
			}
			time.Sleep(time.Minute)
			points <- testPoint(1)
		}()
		result, err := c.SendDataPoints(t.Context(), points)
		mustResult(t, result, err)
		wantStored(t, fake, testPoints(2))
		if result.Attempts != 21 {
			t.Errorf("%d attempts", result.Attempts)
		}
	})
}

func TestSendDataPointsObeysTheReason(t *testing.T) {
	retryInfo := &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)}
	tests := []struct {
		name  string
		err   error
		again bool
	}{
		{"draining", draining(0, 0), true},
		{"storage failed", fakeError(codes.Unavailable, "STORAGE_FAILED", "x"), true},
		{"gap", fakeError(codes.FailedPrecondition, reasonSequenceGap, "x"), true},
		{"full with RetryInfo", fakeError(codes.ResourceExhausted, "STORAGE_FULL", "x", retryInfo), true},
		{"full without RetryInfo", fakeError(codes.ResourceExhausted, "STORAGE_FULL", "x"), false},
		{"fenced", fakeError(codes.Aborted, reasonFenced, "x"), false},
		{"expired producer", fakeError(codes.FailedPrecondition, "PRODUCER_EXPIRED", "x"), false},
		{"cancelled by an operator", fakeError(codes.Canceled, "STREAM_CANCELLED", "x"), false},
		{"invalid", fakeError(codes.InvalidArgument, "FIELD_INVALID", "x"), false},
		{"frame too large", fakeError(codes.InvalidArgument, "FRAME_TOO_LARGE", "x"), false},
		{"credentials expired", fakeError(codes.Unauthenticated, "CREDENTIALS_EXPIRED", "x"), false},
		{"token expired, without a source", fakeError(codes.Unauthenticated, reasonTokenExpired, "x"), false},
		{"too old", fakeError(codes.Unavailable, reasonStreamTooOld, "x"), true},
		{"idle", fakeError(codes.DeadlineExceeded, reasonStreamIdle, "x"), true},
		{"too slow", fakeError(codes.DeadlineExceeded, reasonStreamTooSlow, "x"), true},
		{"deadline", fakeError(codes.DeadlineExceeded, "DEADLINE_EXCEEDED", "x"), false},
		{"too many streams", fakeError(codes.ResourceExhausted, "TOO_MANY_STREAMS", "x", retryInfo), true},
		{"memory exhausted", fakeError(codes.ResourceExhausted, "MEMORY_EXHAUSTED", "x", retryInfo), true},
		{"storage low", fakeError(codes.ResourceExhausted, "STORAGE_LOW", "x", retryInfo), true},
		{"rate limited", fakeError(codes.ResourceExhausted, "RATE_LIMITED", "x", retryInfo), true},
		{"quota exceeded", fakeError(codes.ResourceExhausted, reasonQuotaExceeded, "x"), false},
		{"quota exceeded until tomorrow", fakeError(codes.ResourceExhausted, reasonQuotaExceeded, "x", retryInfo), false},
		{"not permitted", fakeError(codes.PermissionDenied, "PERMISSION_DENIED", "x"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				fake.cut = onceAt(1, test.err)
				c, stop := fake.serve(t)
				defer stop()
				_, err := sendAll(t, c, testPoints(10), WithBatchSize(5))
				if again := fake.streamCount() == 2; again != test.again || (err == nil) != test.again {
					t.Errorf("%d streams, error %v", fake.streamCount(), err)
				}
			})
		})
	}
}

// Of two calls as one producer the later one takes over.
func TestSendDataPointsIsFencedByAnother(t *testing.T) {
	for name, epochs := range map[string][2]int64{"same epoch": {1, 1}, "newer epoch": {1, 2}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				c, stop := fake.serve(t)
				defer stop()
				fenced := make(chan error)
				points := make(chan *DataPoint, 1)
				points <- testPoint(0)
				go func() {
					_, err := c.SendDataPoints(t.Context(), points, WithProducer("p", epochs[0]))
					fenced <- err
				}()
				time.Sleep(time.Second)
				result, err := sendAll(t, c, testPoints(2)[1:], WithProducer("p", epochs[1]))
				mustResult(t, result, err)
				e := sendError(t, <-fenced, codes.Aborted, reasonFenced)
				if e.DurablePoints != 1 || !strings.Contains(e.Error(), "another call sends as the same producer") {
					t.Errorf("error %v", e)
				}
				wantStored(t, fake, testPoints(2))
				if _, err := sendAll(t, c, nil, WithProducer("p", 0)); err == nil {
					t.Error("an older epoch was taken")
				}
			})
		})
	}
}

// The answer got lost: the retry takes the same receipt and sends nothing.
func TestSendDataPointsTakesTheReceiptOfALostAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.answer = func(stream int, _ *collectorv1.CollectDataPointsResponse) error {
			if stream == 1 {
				fake.drop()
			}
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		points := testPoints(50)
		points[33].Source = ""
		result, err := sendAll(t, c, points, WithBatchSize(10))
		mustResult(t, result, err)
		if result.Attempts != 2 || len(fake.stream(2).sequences) != 0 || result.Successful != 49 || result.Errors != 1 ||
			len(result.PointErrors) != 1 || result.PointErrors[0].Point != 33 {
			t.Errorf("%+v", result)
		}
	})
}

// What an epoch counted before is asked for again when the answer got lost.
func TestSendDataPointsCountsFromWhatWasBefore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.answer = func(stream int, _ *collectorv1.CollectDataPointsResponse) error {
			if stream == 2 {
				return draining(0, 1)
			}
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		_, err := sendAll(t, c, testPoints(10), WithProducer("p", 0))
		if err != nil {
			t.Fatal(err)
		}
		result, err := sendAll(t, c, testPoints(7), WithProducer("p", 0))
		mustResult(t, result, err)
		if result.Successful != 7 || result.Attempts != 2 {
			t.Errorf("%+v", result)
		}
	})
}

// The position that a watch tells is all that empties the window: it is begun
// anew as often as it ends, and without it the call fails.
func TestSendDataPointsNeedsItsWatch(t *testing.T) {
	tests := []struct {
		name   string
		refuse func(watch int) error
		want   codes.Code
	}{
		{"ends at times", func(watch int) error {
			if watch%3 != 0 {
				return io.EOF
			}
			return nil
		}, codes.OK},
		{"fails at times", func(watch int) error {
			if watch%3 != 0 {
				return draining(time.Second, 0)
			}
			return nil
		}, codes.OK},
		{"is refused", func(int) error { return fakeError(codes.PermissionDenied, "PERMISSION_DENIED", "no") }, codes.PermissionDenied},
		// Each new stream's Hello tells of progress.
		{"always ends", func(int) error { return io.EOF }, codes.OK},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				fake.lag = 1
				fake.refuseWatch = test.refuse
				c, stop := fake.serve(t)
				defer stop()
				points := testPoints(100)
				_, err := sendAll(t, c, points, WithBatchSize(10), WithWindow(2))
				if test.want != codes.OK {
					e, ok := errors.AsType[*Error](err)
					if !ok || e.Code != test.want || e.ProducerID == "" {
						t.Errorf("error %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				wantStored(t, fake, points)
			})
		})
	}
}

func TestSendDataPointsFindsAServerThatDisagrees(t *testing.T) {
	tests := map[string]func(*streamv1.Hello){
		"lost what was durable":  func(h *streamv1.Hello) { h.Next = 2 },
		"has frames of another":  func(h *streamv1.Hello) { h.Next = 100 },
		"has never seen a frame": func(h *streamv1.Hello) { h.Next, h.Position = 1, nil },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeCollector()
				fake.cut = onceAt(5, cutOff(codes.Unavailable, "DRAINING", 5, 5))
				fake.hello = func(stream int, h *streamv1.Hello) {
					if stream == 2 {
						change(h)
					}
				}
				c, stop := fake.serve(t)
				defer stop()
				_, err := sendAll(t, c, testPoints(100), WithBatchSize(10))
				e := sendError(t, err, codes.FailedPrecondition, "")
				if !errors.Is(err, ErrProducerDiffers) || e.DurablePoints != 50 || fake.streamCount() != 2 {
					t.Errorf("error %v with %d points durable", err, e.DurablePoints)
				}
			})
		})
	}
}

func TestSendDataPointsWantsAGreeting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.hello = func(_ int, h *streamv1.Hello) { h.Next = 0 }
		c, stop := fake.serve(t)
		defer stop()
		_, err := sendAll(t, c, testPoints(100))
		sendError(t, err, codes.Unimplemented, "")
	})
}

func TestSendDataPointsFailsWithoutAServer(t *testing.T) {
	c, err := NewStreamingClient("127.0.0.1:1", WithRetry(RetryPolicy{MaxAttempts: 2, InitialBackoff: time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, err = sendAll(t, c, testPoints(1))
	if e := sendError(t, err, codes.Unavailable, ""); e.ConnectionFault() != FaultRefused || e.ProducerID == "" {
		t.Errorf("error %v", err)
	}
}

// The channel is not read before a server has told its limits, and a close of
// the client ends the call.
func TestSendDataPointsEndsWithItsClient(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		c, stop := fake.serve(t)
		done := make(chan error, 1)
		go func() {
			_, err := c.SendDataPoints(t.Context(), make(chan *DataPoint))
			done <- err
		}()
		synctest.Wait()
		stop()
		sendError(t, <-done, codes.Canceled, "")
	})
}

func TestSendProgressFollowsTheCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.lag = 3
		fake.fault = onceAt(60, draining(5*time.Second, 57))
		c, stop := fake.serve(t)
		defer stop()
		points := make(chan *DataPoint)
		go func() {
			defer close(points)
			for i := range 1000 { // 10 points a second
				points <- testPoint(i)
				time.Sleep(100 * time.Millisecond)
			}
		}()
		var calls []SendProgress
		var times []time.Time
		begun := time.Now()
		result, err := c.SendDataPoints(t.Context(), points, WithBatchSize(10), WithBatchDelay(time.Hour),
			WithSendProgress(func(p SendProgress) {
				calls, times = append(calls, p), append(times, time.Now())
			}))
		mustResult(t, result, err)
		for i, p := range calls {
			if last := i == len(calls)-1; !last && times[i].Sub(begun) != time.Duration(i+1)*10*time.Second {
				t.Errorf("call %d after %s", i, times[i].Sub(begun))
			}
			if p.Durable > p.Sent || p.Elapsed != times[i].Sub(begun) || p.ProducerID != result.ProducerID {
				t.Errorf("call %d: %+v", i, p)
			}
			if i > 0 && (p.Durable < calls[i-1].Durable || p.Sent < calls[i-1].Sent) {
				t.Errorf("fell back from %+v to %+v", calls[i-1], p)
			}
		}
		if middle := calls[4]; middle.State != TransferRunning || middle.Rate < 9 || middle.Rate > 11 || middle.Durable == 0 {
			t.Errorf("middle %+v", middle)
		}
		if waiting := calls[5]; waiting.State != TransferWaiting || waiting.Failure == nil || waiting.Pause < 5*time.Second || waiting.Rate != 0 {
			t.Errorf("while it waits %+v", waiting)
		}
		end := calls[len(calls)-1]
		want := SendProgress{
			ProducerID: result.ProducerID, Sent: 1000, Durable: 1000, SentFrames: 100, DurableFrames: 100,
			Bytes: end.Bytes, Rate: end.Rate, Elapsed: end.Elapsed, Attempt: 2, State: TransferDone,
		}
		if diff := cmp.Diff(want, end); diff != "" || len(calls) != 11 {
			t.Errorf("%d calls, the last is %s", len(calls), diff)
		}
	})
}

func TestSendProgressTellsOfTheFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		fake.refuse = func(int) error { return draining(time.Second, 0) }
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 2}))
		defer stop()
		var calls []SendProgress
		_, err := sendAll(t, c, testPoints(1), WithProgressInterval(500*time.Millisecond),
			WithSendProgress(func(p SendProgress) { calls = append(calls, p) }))
		sendError(t, err, codes.Unavailable, "DRAINING")
		if end := calls[len(calls)-1]; end.State != TransferFailed || end.Attempt != 2 || end.Failure != nil {
			t.Errorf("end %+v", end)
		}
	})
}
