package service_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/service"
)

// actAs tells the test binary, run again as a child, which service to play.
const actAs = "SLUICE_TEST_ACT_AS"

func TestMain(m *testing.M) {
	switch os.Getenv(actAs) {
	case "":
		os.Exit(m.Run())
	case "good":
		playGood(0)
	case "bad end":
		playGood(3)
	case "bad configuration":
		fmt.Fprintln(os.Stderr, `listen: "nowhere" is no address`)
		os.Exit(2)
	case "silent":
		time.Sleep(time.Minute)
	}
}

// playGood serves until SIGTERM, with a busy log before and after.
func playGood(code int) {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "not JSON")
	fmt.Fprintln(os.Stderr, `{"level":"info","msg":"recovered","uploads":1}`)
	fmt.Fprintln(os.Stderr, `{"level":"info","msg":"serving","grpc":"127.0.0.1:4711","admin":"127.0.0.1:4712","tls":false}`)
	for i := range 1000 {
		fmt.Fprintf(os.Stderr, "line %d\n", i)
	}
	<-term
	os.Exit(code)
}

func TestStartTellsTheAddresses(t *testing.T) {
	p := start(t, "good")
	require.Equal(t, "127.0.0.1:4711", p.Addr())
	require.Equal(t, "127.0.0.1:4712", p.AdminAddr())
	require.NoError(t, p.Stop())
}

func TestStopTellsOfABadEnd(t *testing.T) {
	p := start(t, "bad end")
	err := p.Stop()
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "line 999")
	require.NotContains(t, err.Error(), "line 900\n", "only the end of the log is kept")
}

func TestKillEndsAtOnceAndTwice(t *testing.T) {
	p := start(t, "good")
	p.Kill()
	require.ErrorIs(t, syscall.Kill(p.Pid(), 0), syscall.ESRCH)
	p.Kill()
	require.ErrorContains(t, p.Stop(), "killed")
}

func TestStartFailsWithTheLogOfAServiceThatEnds(t *testing.T) {
	t.Setenv(actAs, "bad configuration")
	_, err := service.Start(t.Context(), os.Args[0])
	require.ErrorContains(t, err, "exit status 2")
	require.ErrorContains(t, err, `"nowhere" is no address`)
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Setenv(actAs, "silent")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := service.Start(ctx, os.Args[0])
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestUsageIsOfTheProcessAlone(t *testing.T) {
	ballast := make([]byte, 256<<20)
	for i := 0; i < len(ballast); i += 4096 {
		ballast[i] = 1
	}
	p := start(t, "good")
	usage, err := p.Usage()
	require.NoError(t, err)
	require.Greater(t, usage.PeakRSS, int64(1<<20))
	require.Less(t, usage.PeakRSS, int64(len(ballast)), "the parent's memory is not counted")
	runtime.KeepAlive(ballast)
	require.NoError(t, p.Stop())
}

func start(t *testing.T, role string) *service.Process {
	t.Helper()
	t.Setenv(actAs, role)
	p, err := service.Start(t.Context(), os.Args[0])
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	return p
}
