package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vbauerster/mpb/v8/decor"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

func receipt() *client.Receipt {
	return &client.Receipt{
		FileID: "file-1", FileName: "a.csv", Size: 64 << 20, Checksum: "abc", ContentType: "text/csv",
		UploadID: "u-1", Attempts: 1, Duration: 500 * time.Millisecond, Rate: 128 << 20,
	}
}

func with(change func(*client.Receipt)) *client.Receipt {
	r := receipt()
	change(r)
	return r
}

func TestOutcomeLine(t *testing.T) {
	tests := map[string]struct {
		outcome transfer.Outcome
		want    string
	}{
		"stored": {
			transfer.Outcome{Receipt: receipt(), Sent: 64 << 20},
			"stored  a.csv  64 MiB in 0.50s (128 MiB/s)  file file-1",
		},
		"resumed": {
			transfer.Outcome{Receipt: with(func(r *client.Receipt) { r.Resumed = 32 << 20 }), Sent: 32 << 20},
			"stored  a.csv  64 MiB in 0.50s (128 MiB/s), resumed at 32 MiB  file file-1",
		},
		"stored before": {
			transfer.Outcome{Receipt: with(func(r *client.Receipt) { r.Resumed = r.Size })},
			"stored  a.csv  64 MiB, already there, nothing sent  file file-1",
		},
		"of a content that was there": {
			transfer.Outcome{Receipt: with(func(r *client.Receipt) { r.Deduplicated = true })},
			"stored  a.csv  64 MiB, already there, nothing sent  file file-1",
		},
		"empty and new": {
			transfer.Outcome{Receipt: with(func(r *client.Receipt) { r.Size, r.Rate = 0, 0 })},
			"stored  a.csv  0 B in 0.50s (0 B/s)  file file-1",
		},
		"sent though its content was there": {
			transfer.Outcome{Receipt: with(func(r *client.Receipt) { r.Deduplicated = true }), Sent: 64 << 20},
			"stored  a.csv  64 MiB in 0.50s (128 MiB/s), its content was there already  file file-1",
		},
		"sent though it was there": {
			transfer.Outcome{Receipt: with(func(r *client.Receipt) { r.Deduplicated, r.Existed = true, true }), Sent: 64 << 20},
			"stored  a.csv  64 MiB in 0.50s (128 MiB/s), was there already  file file-1",
		},
		"stored with a finding": {
			transfer.Outcome{Receipt: with(func(r *client.Receipt) {
				r.Findings = []client.Finding{{Reason: "CONTENT_TYPE_DIFFERS", Field: "content_type", Description: "it is text/csv"}}
			}), Sent: 64 << 20},
			"stored  a.csv  64 MiB in 0.50s (128 MiB/s)  file file-1\n        CONTENT_TYPE_DIFFERS: it is text/csv",
		},
		"refused": {
			transfer.Outcome{Err: fakeserver.Problem(codes.InvalidArgument, "NAME_INVALID", "file_name", "has a slash")},
			"refused a.csv  NAME_INVALID: has a slash",
		},
		"cut for good": {
			transfer.Outcome{Err: fakeserver.Problem(codes.Canceled, "STREAM_CANCELLED", "", "by an operator")},
			"failed  a.csv  STREAM_CANCELLED: by an operator",
		},
		"out of reach": {
			transfer.Outcome{Err: status.Error(codes.Unavailable, `connection error: desc = "dial tcp: connect: connection refused"`)},
			"failed  a.csv  UNAVAILABLE: connection refused",
		},
		"failed here": {transfer.Outcome{Err: errors.New("upload a.csv: disk gone")}, "failed  a.csv  disk gone"},
		"interrupted": {transfer.Outcome{Err: context.Canceled}, "stopped a.csv"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.outcome.Job = transfer.Job{Path: "a.csv"}
			require.Equal(t, test.want, transfer.OutcomeLine(test.outcome))
		})
	}
}

func TestSummaryCountsByReason(t *testing.T) {
	name := fakeserver.Problem(codes.InvalidArgument, "NAME_INVALID", "", "no")
	kind := fakeserver.Problem(codes.InvalidArgument, "TYPE_NOT_ALLOWED", "", "no")
	summary := transfer.Summary{
		Elapsed: 2 * time.Second,
		Outcomes: []transfer.Outcome{
			{Receipt: receipt(), Sent: 64 << 20}, {Receipt: with(func(r *client.Receipt) { r.Resumed = 60 << 20 }), Sent: 4 << 20},
			{Err: name, Sent: 32 << 20}, {Err: kind}, {Err: name}, {Err: errors.New("disk gone")}, {Err: transfer.ErrNotSent},
		},
	}
	require.Equal(t, `2 files stored, 100 MiB sent in 2.00s (50 MiB/s)
4 files failed: 1 ERROR, 2 NAME_INVALID, 1 TYPE_NOT_ALLOWED
1 file not finished`, summary.Text())
}

// clock is a time that the test moves.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)} }

func (c *clock) read() time.Time         { return c.now }
func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

func TestPlainTellsOutcomesWaitsAndNowAndThenThePace(t *testing.T) {
	var out, log bytes.Buffer
	clock := newClock()
	two := []transfer.Job{{Path: "a.bin", Size: 100 << 20}, {Path: "b.bin", Size: 100 << 20}}
	p := transfer.NewPlain(transfer.Display{Out: &out, Log: &log, Jobs: two, Now: clock.read, Line: transfer.OutcomeLine})

	p.Started(0)
	p.Started(1)
	clock.advance(4 * time.Second)
	p.Moved(0, client.Progress{Sent: 20 << 20, Attempt: 1, State: client.TransferRunning})
	require.Empty(t, log.String(), "too early")
	clock.advance(time.Second)
	p.Moved(1, client.Progress{Sent: 30 << 20, Attempt: 1, State: client.TransferRunning})
	waiting := client.Progress{
		Sent: 40 << 20, Durable: 32 << 20, Attempt: 1, State: client.TransferWaiting, Pause: 1500 * time.Millisecond,
		Failure: fakeserver.Problem(codes.Unavailable, "DRAINING", "", "the server is shutting down"),
	}
	p.Moved(0, waiting)
	clock.advance(5 * time.Second)
	p.Moved(0, waiting)
	p.Finished(1, transfer.Outcome{Job: two[1], Receipt: receipt(), Sent: 64 << 20})
	clock.advance(5 * time.Second)
	p.Moved(0, client.Progress{Sent: 60 << 20, Attempt: 2, State: client.TransferRunning})
	p.Close()

	require.Equal(t, `0 of 2 files  50 MiB of 200 MiB  10 MiB/s, 15s left
waiting a.bin  attempt 1 failed at 40 MiB, 32 MiB durable; trying again in 1.50s: DRAINING: the server is shutting down
0 of 2 files  70 MiB of 200 MiB  7.0 MiB/s
1 of 2 files  160 MiB of 200 MiB  11 MiB/s, 4s left
`, log.String())
	require.Equal(t, "stored  b.bin  64 MiB in 0.50s (128 MiB/s)  file file-1\n", out.String())
}

func TestBarsWriteOutcomesAndEnd(t *testing.T) {
	var out, terminal bytes.Buffer
	clock := newClock()
	some := []transfer.Job{{Path: "a.bin", Size: 100 << 20}, {Path: "empty.txt"}, {Path: "-", Size: -1}}
	b := transfer.NewBars(transfer.Display{Out: &out, Log: &terminal, Jobs: some, Now: clock.read, Line: transfer.OutcomeLine})
	for i, job := range some {
		b.Started(i)
		b.Moved(i, client.Progress{Sent: max(job.Size, 0), Total: job.Size, State: client.TransferFinishing})
	}
	for i, job := range some {
		b.Finished(i, transfer.Outcome{Job: job, Receipt: receipt()})
	}
	b.Close()
	require.Equal(t, 3, strings.Count(out.String(), "stored  "), out.String())
}

func TestAHundredPercentIsOnlyTheWhole(t *testing.T) {
	const size = 1 << 40
	for current, want := range map[int64]string{0: "0 %", size / 2: "50 %", size - 1: "99 %", size: "100 %"} {
		require.Equal(t, want, transfer.Percentage(decor.Statistics{Total: size, Current: current}))
	}
	require.Empty(t, transfer.Percentage(decor.Statistics{Current: 10}), "the size is not known")
}

func TestStatusTextSaysWhatGoesOn(t *testing.T) {
	tests := map[string]client.Progress{
		"connecting":                         {State: client.TransferConnecting},
		"comparing with what the server has": {State: client.TransferComparing},
		"20 MiB of 100 MiB  10 MiB/s, 8s left": {
			Sent: 20 << 20, Total: 100 << 20, Rate: 10 << 20, ETA: 8 * time.Second, State: client.TransferRunning,
		},
		"20 MiB  10 MiB/s": {Sent: 20 << 20, Total: -1, Rate: 10 << 20, State: client.TransferRunning},
		"cut, 16 MiB durable; attempt 2 in 1.50s: connection failed": {
			Sent: 20 << 20, Durable: 16 << 20, Attempt: 1, State: client.TransferWaiting,
			Pause: 1500 * time.Millisecond, Failure: status.Error(codes.Unavailable, "connection reset"),
		},
		"hashing":            {State: client.TransferHashing},
		"100 MiB  scanning":  {Sent: 100 << 20, Total: 100 << 20, State: client.TransferScanning},
		"100 MiB  verifying": {Sent: 100 << 20, Total: 100 << 20, State: client.TransferFinishing},
	}
	for want, progress := range tests {
		require.Equal(t, want, transfer.StatusText(progress))
	}
}
