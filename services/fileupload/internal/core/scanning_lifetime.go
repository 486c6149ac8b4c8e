package core

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// lifetime is the context of a scan for a stream with ctx. It ends with the time
// limit, or when the server ends the stream or its client gives the upload up. A
// client that vanishes or comes back does not end it: its retry waits for the
// outcome and finds the receipt, where an ended scan would begin anew each time.
func (s *Scans) lifetime(ctx context.Context) (scan context.Context, cancel func()) {
	ended, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if cause := context.Cause(ctx); endsScan(cause) {
			end(cause)
		}
	})
	scan, release := ended, func() {}
	if s.Timeout > 0 {
		scan, release = context.WithTimeoutCause(ended, s.Timeout, errScanTimeout)
	}
	return scan, func() {
		stop()
		release()
		end(nil)
	}
}

func endsScan(cause error) bool {
	switch problem.ReasonOf(cause) {
	case problem.Draining, problem.WorkEnded, problem.StreamCancelled:
		return true
	default:
		return false
	}
}
