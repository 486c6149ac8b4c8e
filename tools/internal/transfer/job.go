// Package transfer uploads a selection of files and tells how it goes.
package transfer

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

// Job is one file to upload.
type Job struct {
	// Path of the file, and Name to store it under.
	Path, Name string
	// Size in bytes when the file was selected.
	Size int64
	// UploadID to upload it under.
	UploadID string
	// Derived says that UploadID was made from the file. When the server has
	// ended that upload, another begins under the next identifier.
	Derived bool
}

// Uploader uploads one file and resumes it after a cut, as
// [client.StreamingClient] does.
type Uploader interface {
	UploadWithRetry(ctx context.Context, path string, opts ...client.UploadOption) (*client.Receipt, error)
}

// Outcome is what became of a job: it has a receipt or an error.
type Outcome struct {
	Job     Job
	Receipt *client.Receipt
	Err     error
	// Sent counts the bytes that went out for it, whatever became of them.
	Sent int64
}

// alreadyStored tells whether the server had the whole content before, so that
// nothing was sent.
func (o Outcome) alreadyStored() bool {
	return o.Err == nil && o.Sent == 0 && (o.Receipt.Size > 0 || o.Receipt.Deduplicated || o.Receipt.Existed)
}

// stopped tells whether the caller ended the job, by a signal or a time limit.
func stopped(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Reporter tells the user how it goes. Its methods are called concurrently, but
// those for one job in order: Started, Moved any number of times, Finished. A
// job that was never begun has none of them.
type Reporter interface {
	Started(job int)
	Moved(job int, p client.Progress)
	Finished(job int, o Outcome)
	// Close ends the report; no other method is called after it.
	Close()
}

// Display is what the reporters for people have in common.
type Display struct {
	// Out gets the outcomes and Log the progress.
	Out, Log io.Writer
	Jobs     []Job
	Now      func() time.Time
	// Line describes an outcome; an empty text is not written.
	Line func(Outcome) string
}
