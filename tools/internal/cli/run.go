package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Run runs one command line and returns its exit code: 0 all is well, 1
// something was refused or failed, 2 the command line is wrong, 3 no server
// answered or none that takes the credentials, 130 ctx was cancelled.
func Run(ctx context.Context, env Env) int {
	a := &app{env: env}
	root := a.rootCommand()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	end := a.clearLineAfter(ctx)
	cmd, err := root.ExecuteContextC(ctx)
	end()
	code := exitCode(ctx, err)
	if _, reported := errors.AsType[reportedError](err); err == nil || reported {
		return code
	}
	switch code {
	case exitInterrupted:
		a.interrupted()
	case exitUsage:
		a.notef("sluice: %v\nSee `%s --help`.", err, cmd.CommandPath())
	default:
		a.fail("", err)
	}
	return code
}

// clearLineAfter clears the line when ctx ends. The function that it returns
// calls that off, or waits until it is done.
func (a *app) clearLineAfter(ctx context.Context) (end func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		a.clearLine()
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// clearLine removes the ^C that a terminal shows where the cursor is, so that
// bars are redrawn from the first column.
func (a *app) clearLine() {
	if a.env.DrawStderr {
		// There is nowhere left to tell that standard error is closed.
		_, _ = io.WriteString(a.env.Stderr, "\r\x1b[K")
	}
}

// notef tells the user something beside the command's output.
func (a *app) notef(format string, args ...any) {
	// There is nowhere left to tell that standard error is closed.
	_, _ = fmt.Fprintf(a.env.Stderr, format+"\n", args...)
}
