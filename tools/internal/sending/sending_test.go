package sending_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/sending"
)

func progress(log *strings.Builder) *sending.Progress {
	return &sending.Progress{Noun: "entry", Nouns: "entries", Log: log}
}

func TestProgressIsOneLineOnATerminalAndStaysOutOfTheWayOfNotes(t *testing.T) {
	var log strings.Builder
	p := progress(&log)
	p.Draw = true
	p.Moved(client.SendProgress{State: client.TransferRunning, Sent: 1000, Durable: 500, Rate: 2000, Elapsed: time.Second})
	p.Note("bad line")
	p.Moved(client.SendProgress{State: client.TransferDone})
	const erase, line = "\r\x1b[K", "\x1b[?7l1,000 entries sent, 500 durable  2,000 entries/s  1.00s\x1b[?7h"
	require.Equal(t, erase+line+erase+"bad line\n"+erase+line+erase, log.String())
	require.Less(t, p.Interval(), time.Second)
}

func TestProgressIsALineEachTimeElsewhere(t *testing.T) {
	var log strings.Builder
	p := progress(&log)
	p.Moved(client.SendProgress{State: client.TransferWaiting, Sent: 1, Attempt: 1, Pause: time.Second})
	p.Say("format")
	p.Moved(client.SendProgress{State: client.TransferDone})
	require.Equal(t, "1 entry sent, 0 durable, cut; attempt 2 in 1.00s\nformat\n", log.String())
	log.Reset()
	p.Quiet = true
	p.Moved(client.SendProgress{State: client.TransferRunning})
	p.Say("format")
	require.Empty(t, log.String())
	p.Note("bad line")
	require.Equal(t, "bad line\n", log.String())
}

func TestProgressSaysWhyItWaits(t *testing.T) {
	full := status.New(codes.ResourceExhausted, "the storage is full")
	full, err := full.WithDetails(&errdetails.ErrorInfo{Domain: "sluice", Reason: "STORAGE_FULL"})
	require.NoError(t, err)
	var log strings.Builder
	waiting := client.SendProgress{State: client.TransferWaiting, Sent: 3, Durable: 2, Attempt: 1, Pause: time.Second, Failure: full.Err()}
	progress(&log).Moved(waiting)
	require.Equal(t, "3 entries sent, 2 durable, cut; attempt 2 in 1.00s: STORAGE_FULL: the storage is full\n", log.String())
	for state, kept := range map[client.TransferState]bool{
		client.TransferConnecting: true, client.TransferFailed: true,
		client.TransferRunning: false, client.TransferFinishing: false, client.TransferDone: false,
	} {
		p := progress(&log)
		p.Moved(waiting)
		p.Moved(client.SendProgress{State: state})
		require.Equal(t, kept, p.Failure() != nil, state)
	}
}

func TestTheFirstHundredNotesAreTold(t *testing.T) {
	var log strings.Builder
	p := progress(&log)
	for range 150 {
		p.Note("bad")
	}
	require.Equal(t, strings.Repeat("bad\n", 100)+"… more lines that can't be read; they are counted\n", log.String())
}

// Gaps between the lines of items take memory, which is bounded: what lies
// behind is not told, and not told wrongly.
func TestPlacesForgetRatherThanGrow(t *testing.T) {
	const count = 100_100
	var p sending.Places
	for i := range int64(count) {
		p.Add(i, "a.log", int(2*i+1))
	}
	path, line, ok := p.Of(99_999)
	require.True(t, ok)
	require.Equal(t, "a.log", path)
	require.Equal(t, 199_999, line)
	for _, item := range []int64{100_000, 100_050, count - 1, count, -1} {
		_, _, ok = p.Of(item)
		require.False(t, ok)
	}
}

func TestPlacesOfSuccessiveLines(t *testing.T) {
	var p sending.Places
	for i, line := range []int{5, 6, 7, 10} {
		p.Add(int64(i), "a.log", line)
	}
	p.Add(4, "b.log", 11)
	for item, want := range []int{5, 6, 7, 10, 11} {
		path, line, ok := p.Of(int64(item))
		require.True(t, ok)
		require.Equal(t, want, line)
		require.Equal(t, item == 4, path == "b.log")
	}
}

func TestAReaderThatWaitsIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, feed := io.Pipe()
	out, stop := sending.Interruptible(ctx, in)
	defer stop()
	go func() { _, _ = feed.Write([]byte("some")) }()
	got := make([]byte, 4)
	_, err := io.ReadFull(out, got)
	require.NoError(t, err)
	require.Equal(t, "some", string(got))
	cancel()
	_, err = out.Read(got)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, feed.Close())
}

func TestARateIsShownWhereItTellsSomething(t *testing.T) {
	for name, test := range map[string]struct {
		items int64
		rate  float64
		want  string
	}{
		"few items":  {99, 33, "3.00s"},
		"many items": {75_000, 25_000, "3.00s (25,000 points/s)"},
		"slow ones":  {100, 0.42, "3.00s (0.4 points/s)"},
		"ten":        {100, 10, "3.00s (10 points/s)"},
		"below ten":  {100, 9.97, "3.00s (10 points/s)"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, sending.Took(test.items, 3*time.Second, test.rate, "points"))
		})
	}
}

func TestProgressShowsARateWhereItTellsSomething(t *testing.T) {
	var log strings.Builder
	p := progress(&log)
	for _, sent := range []int64{99, 100} {
		p.Moved(client.SendProgress{State: client.TransferRunning, Sent: sent, Durable: 3, Rate: 0.4, Elapsed: time.Minute})
	}
	require.Equal(t, "99 entries sent, 3 durable  1m0s\n100 entries sent, 3 durable  0.4 entries/s  1m0s\n", log.String())
}
