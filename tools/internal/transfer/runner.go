package transfer

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/uploadid"
)

// maxGenerations bounds how many ended uploads of one file are passed over.
const maxGenerations = 16

// ErrNotSent says that a job was not begun, because the server could not be
// reached for one before it.
var ErrNotSent = errors.New("not sent, since the server could not be reached")

// Runner uploads files, several at once.
type Runner struct {
	Uploader Uploader
	Reporter Reporter
	// Concurrency is how many files are uploaded at once, at least 1.
	Concurrency int
	// Options go with every upload.
	Options []client.UploadOption
	Now     func() time.Time
}

// Run uploads the files and returns what became of them. A file that is refused
// or fails stops no other; a server that can't be reached does, and so does the
// end of ctx. The reporter is closed.
func (r *Runner) Run(ctx context.Context, jobs []Job) Summary {
	begun := r.Now()
	outcomes := make([]Outcome, len(jobs))
	var unreachable atomic.Bool
	var group errgroup.Group
	group.SetLimit(r.Concurrency)
	for i, job := range jobs {
		group.Go(func() error {
			switch {
			case ctx.Err() != nil:
				outcomes[i] = Outcome{Job: job, Err: ctx.Err()}
			case unreachable.Load():
				outcomes[i] = Outcome{Job: job, Err: ErrNotSent}
			default:
				outcomes[i] = r.report(ctx, i, job)
			}
			if failure.Unreachable(outcomes[i].Err) {
				unreachable.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in the outcomes
	r.Reporter.Close()
	return Summary{Outcomes: outcomes, Elapsed: r.Now().Sub(begun)}
}

func (r *Runner) report(ctx context.Context, i int, job Job) Outcome {
	r.Reporter.Started(i)
	outcome := r.upload(ctx, job, func(p client.Progress) { r.Reporter.Moved(i, p) })
	r.Reporter.Finished(i, outcome)
	return outcome
}

// upload passes over uploads that the server has ended, if it may.
func (r *Runner) upload(ctx context.Context, job Job, moved func(client.Progress)) Outcome {
	outcome := Outcome{Job: job}
	for generation := 1; ; generation++ {
		before := outcome.Sent
		count := func(p client.Progress) {
			outcome.Sent = before + p.Transferred
			moved(p)
		}
		options := slices.Concat(r.Options, []client.UploadOption{
			client.WithFileName(job.Name), client.WithUploadID(job.UploadID), client.WithProgress(count),
		})
		outcome.Receipt, outcome.Err = r.Uploader.UploadWithRetry(ctx, job.Path, options...)
		if !job.Derived || !ended(outcome.Err) || generation == maxGenerations {
			return outcome
		}
		job.UploadID = uploadid.Next(job.UploadID)
	}
}

// ended tells whether another upload id would help: the upload of this one was
// aborted, or was of other content.
func ended(err error) bool {
	if err == nil {
		return false
	}
	reason := failure.Of(err).Reason
	return reason == "WORK_ENDED" || reason == "WORK_CHANGED" || errors.Is(err, client.ErrContentDiffers)
}
