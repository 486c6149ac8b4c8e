package client

import (
	"bytes"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// progressLog collects the calls back of one transfer, which follow each other.
type progressLog struct {
	calls []Progress
	times []time.Time
}

func (l *progressLog) add(p Progress) {
	l.calls = append(l.calls, p)
	l.times = append(l.times, time.Now())
}

func (l *progressLog) last(t *testing.T) Progress {
	t.Helper()
	if len(l.calls) == 0 {
		t.Fatal("no call back")
	}
	return l.calls[len(l.calls)-1]
}

func TestProgressFollowsAnUpload(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const size = 10 << 20
		fake := newFakeServer()
		fake.durableLag = 1 << 20
		c, stop := fake.serve(t, WithRateLimit(1<<20))
		defer stop()
		path := writeFile(t, "a.bin", randomBytes(size))
		var log progressLog
		receipt, err := c.UploadFile(t.Context(), path, WithProgress(log.add))
		mustReceipt(t, receipt, err)

		end := log.last(t)
		if end.State != TransferDone || end.Sent != size || end.Durable != size || end.Total != size ||
			end.Path != path || end.UploadID != receipt.UploadID || end.Attempt != 1 || end.ETA != 0 {
			t.Errorf("end %+v", end)
		}
		if end.Rate < 1<<20 || end.Rate > 1.1*(1<<20) {
			t.Errorf("mean rate %.0f", end.Rate)
		}
		middle := log.calls[len(log.calls)/2]
		if middle.State != TransferRunning || middle.Durable == 0 || middle.Durable > middle.Sent {
			t.Errorf("middle %+v", middle)
		}
		if left := 10*time.Second - middle.Elapsed; middle.ETA < left-time.Second || middle.ETA > left+time.Second {
			t.Errorf("%s left after %s of 10 s", middle.ETA, middle.Elapsed)
		}
		for i := 1; i < len(log.calls); i++ {
			if log.calls[i].Sent < log.calls[i-1].Sent || log.calls[i].Durable < log.calls[i-1].Durable {
				t.Errorf("fell back from %+v to %+v", log.calls[i-1], log.calls[i])
			}
			if gap := log.times[i].Sub(log.times[i-1]); gap < reportInterval && i < len(log.calls)-1 {
				t.Errorf("calls %s apart", gap)
			}
		}
	})
}

func TestProgressTellsOfAttemptsAndFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.refuse = func(int) error { return draining(time.Second, 0) }
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 2}))
		defer stop()
		var log progressLog
		_, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", []byte("x")), WithProgress(log.add))
		wantError(t, err, codes.Unavailable, "DRAINING")
		if end := log.last(t); end.State != TransferFailed || end.Attempt != 2 || end.Durable != 0 {
			t.Errorf("end %+v", end)
		}
		waiting := log.calls[0]
		if waiting.State != TransferWaiting || waiting.Pause < time.Second || waiting.ETA != 0 {
			t.Errorf("while it waits: %+v", waiting)
		}
		wantError(t, waiting.Failure, codes.Unavailable, "DRAINING")
		if end := log.last(t); end.Failure != nil || end.Pause != 0 {
			t.Errorf("at the end: %+v", end)
		}
	})
}

// A long pause is no slowness: the rate and the time left go on behind it.
func TestProgressCountsNoPause(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const size = 4 << 20
		fake := newFakeServer()
		fake.fault = func(stream int, received int64) error {
			if stream == 1 && received >= size/2 {
				return draining(time.Minute, received)
			}
			return nil
		}
		c, stop := fake.serve(t, WithRateLimit(1<<20))
		defer stop()
		var log progressLog
		receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", randomBytes(size)), WithProgress(log.add))
		mustReceipt(t, receipt, err)
		if receipt.Sent < size || receipt.Sent != log.last(t).Transferred {
			t.Errorf("%d bytes sent, %d in the progress", receipt.Sent, log.last(t).Transferred)
		}
		for i, p := range log.calls {
			if p.State == TransferWaiting && (p.Rate != 0 || p.ETA != 0) {
				t.Fatalf("while it waits: %+v", p)
			}
			if p.State == TransferRunning && p.Attempt == 2 && p.ETA > 10*time.Second {
				t.Fatalf("call %d after the pause: %+v", i, p)
			}
		}
	})
}

func TestProgressFollowsADownload(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.store("f1", "a.bin", randomBytes(2500))
		fake.downloadFault = func(int, int64) error {
			time.Sleep(time.Second)
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		var log progressLog
		if _, err := c.Download(t.Context(), "f1", &bytes.Buffer{}, WithProgress(log.add)); err != nil {
			t.Fatal(err)
		}
		if end := log.last(t); end.State != TransferDone || end.Sent != 2500 || end.Total != 2500 || end.Elapsed != 3*time.Second {
			t.Errorf("end %+v", end)
		}
		if middle := log.calls[15]; middle.Sent != 1000 || middle.State != TransferRunning {
			t.Errorf("middle %+v", middle)
		}
	})
}
