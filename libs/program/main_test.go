package program

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
)

type testConfig struct {
	Mode string `koanf:"mode" help:"what to do"`
}

// childVariable makes this test binary run a program instead of the tests.
const childVariable = "PROGRAM_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		Main("sluice-child", testConfig{Mode: "drain"}, child)
	}
	os.Exit(m.Run())
}

// child tells its parent where it stands and ends as its mode says.
func child(ctx context.Context, cfg testConfig) error {
	say("running")
	<-ctx.Done()
	say("cancelled")
	switch cfg.Mode {
	case "hang":
		select {}
	case "fail":
		return errors.New("drain failed")
	}
	return nil
}

func say(line string) { _, _ = fmt.Fprintln(os.Stdout, line) }

func TestSignalsEndTheProcess(t *testing.T) {
	tests := []struct {
		name, mode string
		signals    []os.Signal
		code       int
		killedBy   syscall.Signal
		stderr     string
	}{
		{name: "SIGTERM ends it in order", mode: "drain", signals: []os.Signal{syscall.SIGTERM}},
		{name: "SIGINT ends it in order", mode: "drain", signals: []os.Signal{os.Interrupt}},
		{name: "a failed drain is an error", mode: "fail", signals: []os.Signal{syscall.SIGTERM}, code: 1, stderr: "sluice-child: drain failed\n"},
		{name: "a second signal kills it", mode: "hang", signals: []os.Signal{syscall.SIGTERM, syscall.SIGTERM}, code: -1, killedBy: syscall.SIGTERM},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			cmd := exec.CommandContext(t.Context(), os.Args[0], "--mode", test.mode)
			cmd.Env = append(os.Environ(), childVariable+"=1")
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())

			lines := bufio.NewScanner(stdout)
			require.True(t, lines.Scan(), "the child says that it runs")
			for _, signal := range test.signals {
				require.NoError(t, cmd.Process.Signal(signal))
				// The first signal is handled before the second is sent.
				lines.Scan()
			}
			_ = cmd.Wait()
			require.Equal(t, test.code, cmd.ProcessState.ExitCode())
			require.Equal(t, test.killedBy, killer(cmd.ProcessState))
			require.Equal(t, test.stderr, stderr.String())
		})
	}
}

// killer returns the signal that killed a process, or 0.
func killer(state *os.ProcessState) syscall.Signal {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return 0
	}
	return status.Signal()
}

func TestExitCodes(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		err    error
		code   int
		stdout string
		stderr string
	}{
		{name: "success", code: 0},
		{name: "failure", err: errors.New("disk gone"), code: 1, stderr: "sluice-x: disk gone\n"},
		{name: "several failures are one line", err: errors.Join(errors.New("a"), errors.New("b")), code: 1, stderr: "sluice-x: a; b\n"},
		{name: "bad configuration", args: []string{"--mood=x"}, code: 2, stderr: "sluice-x: unknown flag: --mood; did you mean --mode?; see --help\n"},
		{name: "print configuration", args: []string{"--print-config"}, code: 0, stdout: "# what to do\nmode: given\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := execute(t.Context(), "sluice-x", testConfig{Mode: "given"},
				config.Input{Args: test.args, Stdout: &stdout}, &stderr,
				func(_ context.Context, cfg testConfig) error {
					require.Empty(t, test.args, "the program ran")
					require.Equal(t, "given", cfg.Mode)
					return test.err
				})
			require.Equal(t, test.code, code)
			require.Equal(t, test.stdout, stdout.String())
			require.Equal(t, test.stderr, stderr.String())
		})
	}
}
