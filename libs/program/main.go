// Package program starts and ends a service's process, so that its main is one
// line.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/sluice-ingest/sluice/libs/config"
)

// The exit codes of a program.
const (
	exitOK = iota
	exitFailed
	exitMisconfigured
)

// Main runs a program and never returns. It loads the configuration over
// defaults (see [config.Load]), sets the Go runtime's memory limit from the
// cgroup's, and calls run.
//
// SIGTERM and SIGINT cancel run's context, which should then end in order; a
// second one kills the process at once. An error goes to standard error as one
// line. The exit code is 0 when run returned nil, 1 when it returned an error,
// and 2 when the configuration was not usable.
func Main[C any](name string, defaults C, run func(ctx context.Context, cfg C) error) {
	ctx := untilSignal()
	in := config.Input{Args: os.Args[1:], Env: os.Environ(), Stdout: os.Stdout}
	os.Exit(execute(ctx, name, defaults, in, os.Stderr, run))
}

// untilSignal returns a context that the first signal cancels. The second one
// has its default effect, which is restored before the context ends.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
}

func execute[C any](ctx context.Context, name string, defaults C, in config.Input, stderr io.Writer,
	run func(ctx context.Context, cfg C) error,
) int {
	cfg, err := config.Load(name, defaults, in)
	if errors.Is(err, config.ErrDone) {
		return exitOK
	}
	if err != nil {
		complain(stderr, name, err)
		return exitMisconfigured
	}
	// Outside a cgroup there is no limit to follow; the runtime's own stays.
	_, _ = memlimit.Set()
	if err := run(ctx, cfg); err != nil {
		complain(stderr, name, err)
		return exitFailed
	}
	return exitOK
}

// complain writes an error as one line. There is nobody to tell when standard
// error itself fails.
func complain(stderr io.Writer, name string, err error) {
	text := strings.Join(strings.Split(strings.TrimSpace(err.Error()), "\n"), "; ")
	_, _ = fmt.Fprintf(stderr, "%s: %s\n", name, text)
}
