package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

type tailStream = grpc.ServerStreamingServer[logaggv1.TailLogsResponse]

// tailEvents returns the events of a tail as texts, up to so many or its error.
func tailEvents(ctx context.Context, c *StreamingClient, filter LogFilter, count int) (events []string, err error) {
	for event, err := range c.TailLogs(ctx, filter) {
		if err != nil {
			return events, err
		}
		switch event.Kind {
		case TailRecord:
			events = append(events, fmt.Sprintf("record %d", event.Record.ID))
		case TailMissed:
			events = append(events, fmt.Sprintf("missed %d", event.Missed))
		default:
			events = append(events, event.Kind.String())
		}
		if len(events) == count {
			break
		}
	}
	return events, nil
}

func TestTailLogsTellsEntriesAndWhatIsMissing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		ended := make(chan struct{})
		fake.tail = func(r *logaggv1.TailLogsRequest, stream tailStream) error {
			defer close(ended)
			if r.GetFilter().GetMinimumLevel() != logaggv1.Level_LEVEL_WARN || r.GetFilter().StartTime != nil {
				return fakeError(codes.InvalidArgument, "FIELD_INVALID", "not the filter of the test")
			}
			for _, part := range []*logaggv1.TailLogsResponse{
				{}, {Entries: testRecords(1, 3)}, {}, {MissedCount: 5, Entries: testRecords(8, 9)}, {MissedCount: 1},
			} {
				if err := stream.Send(part); err != nil {
					return err
				}
			}
			<-stream.Context().Done()
			return stream.Context().Err()
		}
		c, stop := fake.serve(t)
		defer stop()
		events, err := tailEvents(t.Context(), c, LogFilter{MinimumLevel: LevelWarn}, 6)
		want := []string{"started", "record 1", "record 2", "missed 5", "record 8", "missed 1"}
		if diff := cmp.Diff(want, events); diff != "" || err != nil {
			t.Error(diff, err)
		}
		<-ended // with the loop
	})
}

// What is made durable between two streams is not told, and that is.
func TestTailLogsTellsEachGap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		calls := 0
		var starts []time.Time
		fake.tail = func(_ *logaggv1.TailLogsRequest, stream tailStream) error {
			calls++
			switch calls {
			case 2, 3:
				return draining(5*time.Second, 0) // not started: no gap ends
			case 5:
				return fakeError(codes.PermissionDenied, "PERMISSION_DENIED", "no")
			}
			starts = append(starts, time.Now())
			if err := stream.Send(&logaggv1.TailLogsResponse{Entries: testRecords(int64(calls), int64(calls)+1)}); err != nil {
				return err
			}
			if calls == 4 {
				return nil
			}
			return draining(5*time.Second, 0)
		}
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 4, InitialBackoff: time.Nanosecond, MaxBackoff: time.Nanosecond}))
		defer stop()
		events, err := tailEvents(t.Context(), c, LogFilter{}, 100)
		want := []string{"started", "record 1", "gap", "gap", "gap", "started", "record 4", "gap"}
		if diff := cmp.Diff(want, events); diff != "" {
			t.Error(diff)
		}
		wantError(t, err, codes.PermissionDenied, "PERMISSION_DENIED")
		if pause := starts[1].Sub(starts[0]); pause < 15*time.Second || pause > 16*time.Second {
			t.Errorf("%s between two starts", pause)
		}
	})
}

func TestTailLogsTellsWhyAndHowLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		fake.tail = func(*logaggv1.TailLogsRequest, tailStream) error { return draining(time.Minute, 0) }
		c, stop := fake.serve(t)
		defer stop()
		begun := time.Now()
		for event, err := range c.TailLogs(t.Context(), LogFilter{}) {
			if err != nil || event.Kind != TailGap || event.Pause < time.Minute {
				t.Errorf("%+v, %v", event, err)
			}
			wantError(t, event.Failure, codes.Unavailable, "DRAINING")
			break
		}
		if time.Since(begun) != 0 {
			t.Error("the end of the loop waited for the pause")
		}
	})
}

func TestTailLogsGivesUpWhenItDoesNotStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		fake.tail = func(*logaggv1.TailLogsRequest, tailStream) error { return draining(0, 0) }
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 3}))
		defer stop()
		events, err := tailEvents(t.Context(), c, LogFilter{}, 100)
		wantError(t, err, codes.Unavailable, "DRAINING")
		if len(events) != 2 {
			t.Errorf("events %v", events)
		}
	})
}

func TestTailLogsEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		fake.tail = func(_ *logaggv1.TailLogsRequest, stream tailStream) error {
			if err := stream.Send(&logaggv1.TailLogsResponse{}); err != nil {
				return err
			}
			<-stream.Context().Done()
			return stream.Context().Err()
		}
		c, stop := fake.serve(t)
		defer stop()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		events, err := tailEvents(ctx, c, LogFilter{}, 100)
		if !errors.Is(err, context.Canceled) || len(events) != 1 {
			t.Errorf("events %v, error %v", events, err)
		}
	})
}
