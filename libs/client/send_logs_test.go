package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

func testEntry(i int) *LogEntry {
	return &LogEntry{
		Application: "shop", Level: "info", Time: fromUnixNano(1_790_000_000_000_000_000 + int64(i)),
		Message: fmt.Sprintf("GET /orders/%d status=200", i), Fields: map[string]string{"host": "web-1", "request": fmt.Sprint(i)},
	}
}

func testEntries(count int) []*LogEntry {
	entries := make([]*LogEntry, count)
	for i := range entries {
		entries[i] = testEntry(i)
	}
	return entries
}

// sendEntries sends the entries, and ends what feeds them when the call returns.
func sendEntries(t *testing.T, c *StreamingClient, entries []*LogEntry, opts ...SendOption) (*LogResult, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	return c.SendLogs(t.Context(), feed(ctx, entries), opts...)
}

func mustLogResult(t *testing.T, result *LogResult, err error) *LogResult {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wantEntries fails unless the server has exactly the entries, in their order.
func wantEntries(t *testing.T, fake *fakeLogs, entries []*LogEntry) {
	t.Helper()
	if diff := cmp.Diff(entries, fake.stored()); diff != "" {
		t.Errorf("stored otherwise (-want +got):\n%.2000s", diff)
	}
}

func TestSendLogsBringsEveryEntry(t *testing.T) {
	for _, count := range []int{0, 1, 9, 10, 11, 1005} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeLogs()
				c, stop := fake.serve(t)
				defer stop()
				entries := testEntries(count)
				result, err := sendEntries(t, c, entries, WithBatchSize(10))
				mustLogResult(t, result, err)
				if count > 0 {
					wantEntries(t, fake, entries)
				}
				frames := int64(count+9) / 10
				want := &LogResult{
					Received: int64(count), Indexed: int64(count), ErrorCounts: map[string]int64{},
					Errors: []LogError{}, RuleCounts: []RuleCount{},
					EpochTotals: LogTotals{Indexed: int64(count), ErrorCounts: map[string]int64{}},
					ProducerID:  result.ProducerID, Position: Position{Received: frames, Durable: frames},
					Frames: frames, Attempts: 1, Duration: result.Duration, Rate: result.Rate,
				}
				if diff := cmp.Diff(want, result); diff != "" {
					t.Error(diff)
				}
				if first := fake.stream(1).first; len(first.GetEntries()) != 0 || first.GetSequence() != 0 ||
					first.GetProducerId() != result.ProducerID || len(result.ProducerID) != 36 {
					t.Errorf("first message %v", first)
				}
			})
		})
	}
}

func TestSendLogsTellsWhatBecameOfEachEntry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		c, stop := fake.serve(t)
		defer stop()
		entries := testEntries(50)
		entries[7].Application = ""
		entries[23].Time = time.Time{}
		entries[30].Level, entries[31].Level = "debug", "debug"
		entries[40].Message = "a secret"
		result, err := sendEntries(t, c, entries, WithBatchSize(10), WithProducer("p", 4))
		mustLogResult(t, result, err)
		reasons := map[string]int64{"APPLICATION_INVALID": 1, "TIMESTAMP_INVALID": 1}
		want := &LogResult{
			Received: 50, Indexed: 46, Filtered: 2, Rejected: 2, Redacted: 1, Status: LogsPartial, ErrorCounts: reasons,
			Errors: []LogError{
				{Entry: 7, Sequence: 1, Index: 7, Field: "application", Reason: "APPLICATION_INVALID", Description: "why"},
				{Entry: 23, Sequence: 3, Index: 3, Field: "timestamp", Reason: "TIMESTAMP_INVALID", Description: "why"},
			},
			RuleCounts: []RuleCount{{RuleHit{StageFilter, "no-debug"}, 2}},
			ProducerID: "p", Epoch: 4,
			EpochTotals: LogTotals{Indexed: 46, Filtered: 2, Rejected: 2, Redacted: 1, ErrorCounts: reasons},
			Position:    Position{Received: 5, Durable: 5},
			Frames:      5, Attempts: 1, Duration: result.Duration, Rate: result.Rate,
		}
		if diff := cmp.Diff(want, result); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSendLogsSumsUpItsStatus(t *testing.T) {
	for name, bad := range map[string]int{"complete": 0, "partial": 1, "rejected": 3} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c, stop := newFakeLogs().serve(t)
				defer stop()
				entries := testEntries(3)
				for _, e := range entries[:bad] {
					e.Application = ""
				}
				result, err := sendEntries(t, c, entries)
				mustLogResult(t, result, err)
				if result.Status.String() != name {
					t.Errorf("status %s", result.Status)
				}
			})
		})
	}
}

// A frame that is not full goes after the delay since its first entry.
func TestSendLogsDoesNotWaitForAFullFrame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		c, stop := fake.serve(t)
		defer stop()
		entries := make(chan *LogEntry)
		begun := time.Now()
		go func() {
			defer close(entries)
			for i := range 7 {
				entries <- testEntry(i)
				time.Sleep(40 * time.Millisecond)
			}
		}()
		result, err := c.SendLogs(t.Context(), entries, WithBatchDelay(100*time.Millisecond))
		mustLogResult(t, result, err)
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
func TestSendLogsReadsNoMoreThanItsWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		fake.manual = true
		c, stop := fake.serve(t)
		defer stop()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		entries := make(chan *LogEntry)
		taken := 0
		go func() {
			for i := range 100 {
				select {
				case entries <- testEntry(i):
					taken++
				case <-ctx.Done():
					return
				}
			}
		}()
		done := make(chan error, 1)
		go func() {
			_, err := c.SendLogs(ctx, entries, WithBatchSize(5), WithWindow(3), WithProducer("p", 0))
			done <- err
		}()
		for _, durable := range []int{0, 3, 6} {
			time.Sleep(time.Minute)
			synctest.Wait()
			// The window, and the frame that waits for room.
			if want := (durable + 3 + 1) * 5; taken != want {
				t.Errorf("%d entries were read with %d frames durable, want %d", taken, durable, want)
			}
			fake.sync()
		}
		cancel()
		e := sendError(t, <-done, codes.Canceled, "")
		if e.DurableEntries < 6*5 || e.DurableEntries%5 != 0 || e.DurablePoints != 0 || e.Position.Durable != e.DurableEntries/5 {
			t.Errorf("%+v", e)
		}
	})
}

// Everything before an entry that can't be sent is durable. The error names the
// entry and quotes nothing that may be secret.
func TestSendLogsNamesTheEntryThatCantBeSent(t *testing.T) {
	tests := map[string]struct {
		bad  *LogEntry
		want string
	}{
		"nil":         {nil, "it is nil"},
		"large":       {&LogEntry{Application: "shop", Message: strings.Repeat("hidden", 200)}, "1000 bytes"},
		"application": {&LogEntry{Application: "\xff"}, "application is not UTF-8"},
		"level":       {&LogEntry{Application: "shop", Level: "\xff"}, "level is not UTF-8"},
		"message":     {&LogEntry{Application: "shop", Message: "hidden\xff"}, "message is not UTF-8"},
		"field name":  {&LogEntry{Application: "shop", Fields: map[string]string{"\xff": "hidden"}}, `field name "\xff" is not UTF-8`},
		"field value": {&LogEntry{Application: "shop", Fields: map[string]string{"a": "hidden\xff"}}, `field "a" has a value that is not UTF-8`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeLogs()
				fake.lag, fake.maxMessage = 1, 1000
				c, stop := fake.serve(t)
				defer stop()
				entries := testEntries(50)
				entries[25] = test.bad
				_, err := sendEntries(t, c, entries, WithBatchSize(10))
				e := sendError(t, err, codes.InvalidArgument, "")
				if !errors.Is(err, ErrEntryRefused) || !strings.Contains(err.Error(), "entry 25") || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error %v", err)
				}
				if strings.Contains(err.Error(), "hidden") {
					t.Errorf("the error quotes what may be secret: %v", err)
				}
				if e.DurableEntries != 25 || e.Position.Durable == 0 {
					t.Errorf("%d entries durable, position %+v", e.DurableEntries, e.Position)
				}
				wantEntries(t, fake, entries[:25])
			})
		})
	}
}

// A producer that the caller names goes on behind its last frame; each call
// counts its own entries, and the totals count the epoch's.
func TestSendLogsGoesOnAsTheSameProducer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		c, stop := fake.serve(t)
		defer stop()
		entries := testEntries(100)
		entries[3].Application, entries[64].Application = "", ""
		entries[30].Message, entries[80].Message = "a secret", "a secret"
		totals := []int64{24, 49, 73, 25}
		for i, epoch := range []int64{0, 0, 0, 1} {
			result, err := sendEntries(t, c, entries[i*25:(i+1)*25], WithProducer("p", epoch), WithBatchSize(10))
			mustLogResult(t, result, err)
			if result.Received != 25 || result.Frames != 3 || result.Position.Durable != int64(3*(i+1)) || result.Attempts != 1 ||
				result.EpochTotals.Indexed != totals[i] || result.Redacted != int64(i%2) {
				t.Errorf("call %d: %+v", i, result)
			}
		}
		// Nothing to send: nothing of the earlier calls is counted.
		result, err := sendEntries(t, c, nil, WithProducer("p", 1))
		mustLogResult(t, result, err)
		if result.Received != 0 || result.Frames != 0 || result.Position.Durable != 12 || result.EpochTotals.Indexed != 25 ||
			result.Status != LogsComplete {
			t.Errorf("without entries: %+v", result)
		}
	})
}

// Of two calls as one producer the later one takes over.
func TestSendLogsIsFencedByAnother(t *testing.T) {
	for name, epochs := range map[string][2]int64{"same epoch": {1, 1}, "newer epoch": {1, 2}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeLogs()
				c, stop := fake.serve(t)
				defer stop()
				fenced := make(chan error)
				entries := make(chan *LogEntry, 1)
				entries <- testEntry(0)
				go func() {
					_, err := c.SendLogs(t.Context(), entries, WithProducer("p", epochs[0]))
					fenced <- err
				}()
				time.Sleep(time.Second)
				result, err := sendEntries(t, c, testEntries(2)[1:], WithProducer("p", epochs[1]))
				mustLogResult(t, result, err)
				e := sendError(t, <-fenced, codes.Aborted, reasonFenced)
				if e.DurableEntries != 1 || !strings.Contains(e.Error(), "another call sends as the same producer") {
					t.Errorf("error %v", e)
				}
				wantEntries(t, fake, testEntries(2))
				_, err = sendEntries(t, c, nil, WithProducer("p", 0))
				sendError(t, err, codes.Aborted, reasonFenced)
			})
		})
	}
}

// What the server has is not sent again, what it has lost is, and the counts are
// of all streams.
func TestSendLogsGoesOnAfterACut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		fake.lag, fake.fault = 2, onceAt(5, cutOff(codes.Unavailable, "STORAGE_FAILED", 3, 3))
		c, stop := fake.serve(t)
		defer stop()
		entries := testEntries(100)
		entries[1].Level, entries[90].Level = "debug", "debug"
		var calls []SendProgress
		result, err := sendEntries(t, c, entries, WithBatchSize(10), WithWindow(4),
			WithSendProgress(func(p SendProgress) { calls = append(calls, p) }))
		mustLogResult(t, result, err)
		if result.Indexed != 98 || result.Filtered != 2 || result.Attempts != 2 || result.Frames != 10 ||
			len(result.RuleCounts) != 1 || result.RuleCounts[0].Count != 1 {
			t.Errorf("%+v", result)
		}
		if diff := cmp.Diff([]int64{4, 5, 6, 7, 8, 9, 10}, fake.stream(2).sequences); diff != "" {
			t.Error(diff)
		}
		if end := calls[len(calls)-1]; end.State != TransferDone || end.Durable != 100 || end.DurableFrames != 10 || end.Attempt != 2 {
			t.Errorf("end %+v", end)
		}
	})
}

func TestSendLogsComparesTheReceipt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		fake.answer = func(_ int, r *logReceipt) error {
			r.EpochTotals.FilteredCount++
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		_, err := sendEntries(t, c, testEntries(100))
		e := sendError(t, err, codes.DataLoss, "")
		if !errors.Is(err, ErrReceiptDiffers) || e.DurableEntries != 100 || !strings.Contains(err.Error(), "101 of 100 entries") {
			t.Errorf("error %v", err)
		}
	})
}

func TestSendLogsWantsAGreetingAndItsWatch(t *testing.T) {
	tests := map[string]struct {
		prepare func(*fakeLogs)
		want    codes.Code
	}{
		"no greeting": {func(f *fakeLogs) {
			f.hello = func(_ int, h *streamv1.Hello) { h.Next = 0 }
		}, codes.Unimplemented},
		"no watch": {func(f *fakeLogs) {
			f.lag = 1
			f.refuseWatch = func(int) error { return fakeError(codes.PermissionDenied, "PERMISSION_DENIED", "no") }
		}, codes.PermissionDenied},
		"no such service": {func(f *fakeLogs) {
			f.refuse = func(int) error { return fakeError(codes.Unimplemented, "", "unknown service") }
		}, codes.Unimplemented},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeLogs()
				test.prepare(fake)
				c, stop := fake.serve(t)
				defer stop()
				_, err := sendEntries(t, c, testEntries(100), WithBatchSize(10), WithWindow(2))
				if e, ok := AsError(err); !ok || e.Code != test.want || e.ProducerID == "" {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestSendLogsRefusesOptionsItCantKeep(t *testing.T) {
	c, stop := newFakeLogs().serve(t)
	defer stop()
	_, err := c.SendLogs(t.Context(), nil, WithBatchSize(0))
	if err == nil || !strings.Contains(err.Error(), "send logs: batch size 0") {
		t.Errorf("error %v", err)
	}
}
