package transfer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// Summary is what became of all jobs.
type Summary struct {
	// Outcomes in the order of the jobs.
	Outcomes []Outcome
	Elapsed  time.Duration
}

// Err joins the errors of the jobs that failed; nil when all files are stored.
func (s Summary) Err() error {
	var errs []error
	for _, o := range s.Outcomes {
		errs = append(errs, o.Err)
	}
	return errors.Join(errs...)
}

// Unreachable returns the error of a server that could not be reached, or that
// takes no call with these credentials, when no file was stored for it; nil
// otherwise.
func (s Summary) Unreachable() error {
	var unreachable error
	for _, o := range s.Outcomes {
		switch {
		case o.Err == nil:
			return nil
		case unreachable == nil && failure.Unreachable(o.Err):
			unreachable = o.Err
		}
	}
	return unreachable
}

// Text describes the outcome in a line or a few. What was sent counts for every
// file, over all attempts, and for those that failed:
//
//	5 files stored, 50 MiB sent in 1.20s (41 MiB/s)
//	2 files failed: 1 NAME_INVALID, 1 TYPE_NOT_ALLOWED
//	3 files not finished
func (s Summary) Text() string {
	var stored, unfinished int
	var bytes int64
	reasons := map[string]int{}
	for _, o := range s.Outcomes {
		bytes += o.Sent
		switch {
		case o.Err == nil:
			stored++
		case stopped(o.Err), errors.Is(o.Err, ErrNotSent):
			unfinished++
		default:
			reasons[label(o.Err)]++
		}
	}
	lines := []string{fmt.Sprintf("%s stored, %s sent in %s (%s)", human.Count(stored, "file"),
		human.Size(bytes), human.Duration(s.Elapsed), human.Rate(float64(bytes)/max(s.Elapsed.Seconds(), 1e-3)))}
	if failed := len(s.Outcomes) - stored - unfinished; failed > 0 {
		lines = append(lines, human.Count(failed, "file")+" failed: "+countReasons(reasons))
	}
	if unfinished > 0 {
		lines = append(lines, human.Count(unfinished, "file")+" not finished")
	}
	return strings.Join(lines, "\n")
}

func countReasons(reasons map[string]int) string {
	parts := make([]string, 0, len(reasons))
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		parts = append(parts, fmt.Sprintf("%d %s", reasons[reason], reason))
	}
	return strings.Join(parts, ", ")
}

// label is the shortest name of an error.
func label(err error) string {
	switch f := failure.Of(err); {
	case f.Reason != "":
		return f.Reason
	case f.Code != "":
		return f.Code
	}
	return "ERROR"
}
