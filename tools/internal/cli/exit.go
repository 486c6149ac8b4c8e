package cli

import (
	"context"
	"errors"

	"github.com/sluice-ingest/sluice/tools/internal/failure"
)

// The exit codes of `sluice`.
const (
	exitOK = 0
	// exitFailed: something was refused or failed.
	exitFailed = 1
	// exitUsage: the command line is wrong; nothing was done.
	exitUsage = 2
	// exitUnreachable: no server answered, or none that takes the credentials.
	exitUnreachable = 3
	// exitInterrupted: a signal ended the command.
	exitInterrupted = 130
)

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// reportedError is a failure that the user has been told about already.
type reportedError struct{ error }

func (e reportedError) Unwrap() error { return e.error }

// exitCode returns the exit code for what a command returned. ctx ends with
// the first signal.
func exitCode(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case failure.Unreachable(err):
		return exitUnreachable
	}
	return exitFailed
}
