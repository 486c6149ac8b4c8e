package testkit_test

import (
	"io"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func fakeService(t *testing.T) string {
	t.Helper()
	return testkit.Build(t, "libs", "./testkit/internal/fakeservice")
}

// askPID asks the fake service who it is.
func askPID(t *testing.T, addr string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	pid, err := strconv.Atoi(string(answer))
	require.NoError(t, err)
	return pid
}

func TestBuildMakesACommandOnce(t *testing.T) {
	path := fakeService(t)
	require.FileExists(t, path)
	require.Equal(t, path, fakeService(t))
}

func TestStartLearnsWhereTheServiceListens(t *testing.T) {
	p := testkit.Start(t, fakeService(t))
	require.Equal(t, p.PID(), askPID(t, p.Addr))
	require.Empty(t, p.AdminAddr)
	require.Contains(t, p.Logs(), `"msg":"starting"`)
}

func TestPeakRSSIsThatOfTheProcess(t *testing.T) {
	p := testkit.Start(t, fakeService(t))
	rss, err := p.PeakRSS()
	require.NoError(t, err)
	require.Greater(t, rss, int64(500<<10))
	require.Less(t, rss, int64(500<<20))
	p.Kill9()
	_, err = p.PeakRSS()
	require.Error(t, err)
}

func TestKill9EndsTheProcess(t *testing.T) {
	p := testkit.Start(t, fakeService(t))
	p.Kill9()
	p.Kill9()
	var exit *exec.ExitError
	require.ErrorAs(t, p.Wait(), &exit)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal())
	_, err := net.Dial("tcp", p.Addr)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestTerminateTellsTheExitStatus(t *testing.T) {
	p := testkit.Start(t, fakeService(t))
	var exit *exec.ExitError
	require.ErrorAs(t, p.Terminate(10*time.Second), &exit)
	require.Equal(t, 3, exit.ExitCode())
}

func TestTerminateKillsWhatDoesNotEnd(t *testing.T) {
	p := testkit.Start(t, fakeService(t))
	p.Signal(syscall.SIGSTOP)
	require.ErrorContains(t, p.Terminate(50*time.Millisecond), "had to be killed")
}

func TestRestartServesAtTheSameAddress(t *testing.T) {
	p := testkit.Start(t, fakeService(t), "--data-dir", "x")
	addr, first := p.Addr, askPID(t, p.Addr)
	p.Restart("--extra")
	require.Equal(t, addr, p.Addr)
	second := askPID(t, p.Addr)
	require.NotEqual(t, first, second)
	require.Equal(t, p.PID(), second)
	require.Contains(t, p.Logs(), `"args":["--data-dir","x"]`)
	require.Contains(t, p.Logs(), `"args":["--data-dir","x","--listen","`+addr+`","--extra"]`)
}

func TestRunReturnsOutputAndExitCode(t *testing.T) {
	outcome := testkit.Run(t, 10*time.Second, fakeService(t), "--fail")
	require.Equal(t, 4, outcome.ExitCode)
	require.Equal(t, "failed as told\n", outcome.Output)
}
