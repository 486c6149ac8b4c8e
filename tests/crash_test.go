package tests

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestEverythingAcknowledgedSurvivesKill9 kills the server at 200 random moments of
// single, resumed, concurrent and deduplicated uploads, and of what else is done
// with files.
func TestEverythingAcknowledgedSurvivesKill9(t *testing.T) {
	s := startServer(t, "--checkpoint-bytes", "1MiB", "--janitor-interval", "100ms")
	load := crashes{
		peers: []peer{s.peer}, seed: seed(t), rounds: rounds(t, 200), longest: 400 * time.Millisecond,
		crash:   func(*rand.Rand) { s.Kill9() },
		recover: func() { s.Restart() },
	}.run(t)
	load.requireNoneSetAside(t, s)
	load.requireNoLeak(t, s)
}

// TestEverythingAcknowledgedSurvivesAPowerCut cuts the power of the disk at 50
// random moments of a workload. From the cut on the server may lie, since it still
// runs: a sync that is under way may seem to succeed.
func TestEverythingAcknowledgedSurvivesAPowerCut(t *testing.T) {
	disk := testkit.NewExt4(t, 1024)
	s := startServerIn(t, disk.Data(), "--checkpoint-bytes", "1MiB", "--janitor-interval", "100ms")
	load := crashes{
		peers: []peer{s.peer}, seed: seed(t), rounds: rounds(t, 50), longest: time.Second, lies: true,
		crash: func(random *rand.Rand) {
			disk.PowerCut()
			//nolint:forbidigo // the server stays alive for a random while after the cut
			time.Sleep(time.Duration(random.Int64N(int64(50 * time.Millisecond))))
			s.Kill9()
		},
		recover: func() {
			disk.Remount()
			s.Restart()
		},
	}.run(t)
	load.requireNoLeak(t, s)
}

// crashes is a workload that is interrupted again and again.
type crashes struct {
	// peers are replicas of the server.
	peers  []peer
	seed   uint64
	rounds int
	// longest is how long the workload runs at most before a crash.
	longest time.Duration
	// lies tells that what the server says after the beginning of a crash is not held
	// against it.
	lies bool
	// crash ends the server, recover brings it back.
	crash   func(*rand.Rand)
	recover func()
}

// run works and crashes, and returns the workload after the last crash.
func (c crashes) run(t *testing.T) *workload {
	t.Helper()
	load := newWorkload(c.peers[0], c.seed, c.peers[1:]...)
	random := rand.New(rand.NewPCG(c.seed, 1))
	for round := range c.rounds {
		c.round(t, load, random)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	load.requireVaried(t)
	return load
}

// requireVaried wants the workload to have done some of all that it does.
func (l *workload) requireVaried(t *testing.T) {
	t.Helper()
	t.Logf("%d files begun, %d streams resumed, %d uploads aborted, %d files deleted, %d uploads still open; with success %+v",
		len(l.begun), l.resumed.Load(), len(l.aborted), len(l.deleted), len(l.open), l.done)
	require.NotEmpty(t, l.aborted)
	require.NotEmpty(t, l.deleted)
	require.Positive(t, l.resumed.Load())
	for what, times := range map[string]int{
		"stored": l.done.stored, "deduplicated": l.done.deduplicated, "existed": l.done.existed, "copied": l.done.copied,
		"updated": l.done.updated, "cut": l.done.cut, "fenced": l.done.fenced,
	} {
		require.Positive(t, times, what)
	}
}

// round lets the workload run for a random while, crashes the server and
// checks what it finds then.
func (c crashes) round(t *testing.T, load *workload, random *rand.Rand) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- load.run(ctx) }()
	select {
	case err := <-ended:
		require.NoError(t, err, "the workload failed before the crash")
	case <-time.After(time.Duration(random.Int64N(int64(c.longest)))):
	}
	load.unreliable.Store(c.lies)
	load.crashing.Store(true)
	c.crash(random)
	// A call that waits for a server to come back need not wait.
	cancel()
	if err := <-ended; errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	c.recover()
	load.unreliable.Store(false)
	load.crashing.Store(false)
	load.check(bounded(t), t)
}

// rounds is n, a quarter of it with the race detector, which looks for something
// else and is slow, or what the environment's SLUICE_ROUNDS says, for a quick look:
// CI makes no fewer.
func rounds(t *testing.T, n int) int {
	t.Helper()
	if testkit.RaceEnabled {
		n /= 4
	}
	text := os.Getenv("SLUICE_ROUNDS")
	if text == "" {
		return n
	}
	wanted, err := strconv.Atoi(text)
	require.NoError(t, err, "SLUICE_ROUNDS")
	if os.Getenv("CI") == "true" {
		return max(n, wanted)
	}
	return wanted
}

// seed is random, or that of the environment's SLUICE_SEED to run a failure
// again.
func seed(t *testing.T) uint64 {
	t.Helper()
	n := rand.Uint64()
	if text := os.Getenv("SLUICE_SEED"); text != "" {
		var err error
		n, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "SLUICE_SEED")
	}
	t.Logf("SLUICE_SEED=%d", n)
	return n
}

// TestResumeAfterKill9GoesOnWithoutReading kills the server in the middle of a
// large upload. What it told to be durable is there, and it reads none of it
// again.
func TestResumeAfterKill9GoesOnWithoutReading(t *testing.T) {
	s := startServer(t, "--checkpoint-bytes", "8MiB")
	ctx := bounded(t)
	content := testkit.NewContent(21, 100<<20)
	const id, name = "killed", "killed.bin"
	u := s.mustBegin(ctx, t, header(name, id, content.Size()))
	sent := make(chan error, 1)
	go func() { sent <- u.sendFrom(content, 0, 90<<20) }()
	told := s.awaitUpload(ctx, t, id, durableAtLeast(64<<20)).GetPosition().GetDurable()
	s.Kill9()
	u.cancel()
	<-sent

	s.Restart()
	before := bytesRead(t, s.PID())
	start := time.Now()
	u = s.mustBegin(ctx, t, header(name, id, content.Size()))
	hello, err := u.hello()
	require.NoError(t, err)
	t.Logf("the hello took %v", time.Since(start))
	require.GreaterOrEqual(t, hello.GetPosition().GetDurable(), told)
	require.Equal(t, hello.GetPosition().GetDurable(), hello.GetNext())
	require.Less(t, bytesRead(t, s.PID())-before, int64(4<<20), "bytes that the server read to resume")

	require.NoError(t, u.sendFrom(content, hello.GetNext(), content.Size()))
	receipt, err := u.finish()
	require.NoError(t, err)
	requireReceipt(t, receipt, name, content)
	s.requireStored(ctx, t, receipt.GetFileId(), name, content)
}
