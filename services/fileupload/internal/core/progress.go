package core

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Progress is an upload as it is at a moment, with what its open session has
// brought and not yet made durable.
type Progress struct {
	Upload
	// Received and Durable count bytes.
	Received, Durable int64
	// DurableChecksum is the SHA-256 of the durable bytes, in lower-case
	// hexadecimal; empty for an upload that has ended without a file.
	DurableChecksum string
	// BytesPerSecond came in over the last seconds.
	BytesPerSecond float64
}

// receivingShare is how much of the work of an upload it is to receive it. What is
// left are the checks.
const receivingShare = 0.99

// TimeLeft is the time until the last byte is received, as fast as they come in.
// It is not known without a size, or when nothing comes in.
func (p *Progress) TimeLeft() (left time.Duration, known bool) {
	if p.TotalSize == UnknownSize || p.BytesPerSecond <= 0 {
		return 0, false
	}
	seconds := float64(p.TotalSize-p.Received) / p.BytesPerSecond
	if seconds >= math.MaxInt64/float64(time.Second) {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// Share is how much of the work is done, 1 only when the file is stored. It is not
// known before the size is.
func (p *Progress) Share() (share float64, known bool) {
	switch {
	case p.Status.Finished():
		return 1, true
	case p.TotalSize == UnknownSize:
		return 0, false
	case p.Received >= p.TotalSize:
		return receivingShare, true
	default:
		return receivingShare * float64(p.Received) / float64(p.TotalSize), true
	}
}

// Find returns an upload, or reason UPLOAD_NOT_FOUND.
func (u *Uploads) Find(ctx context.Context, key UploadKey) (Progress, error) {
	if s := u.liveSession(key); s != nil {
		return s.progress(s.upload)
	}
	upload, err := u.catalog.FindUpload(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return Progress{}, uploadNotFound(key)
	}
	if err != nil {
		return Progress{}, callFailure(err)
	}
	return atRest(upload)
}

func uploadNotFound(key UploadKey) error {
	return problem.InField(problem.UploadNotFound, "upload_id", "there is no upload %s", problem.Echo(key.UploadID))
}

// List returns a page of a subject's uploads, newest first.
func (u *Uploads) List(ctx context.Context, query UploadQuery) ([]Progress, error) {
	uploads, err := u.catalog.ListUploads(ctx, query)
	if err != nil {
		return nil, callFailure(err)
	}
	list := make([]Progress, len(uploads))
	for i, upload := range uploads {
		if s := u.liveSession(upload.UploadKey); s != nil {
			list[i], err = s.progress(upload)
		} else {
			list[i], err = atRest(upload)
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func atRest(upload Upload) (Progress, error) {
	return newProgress(upload, upload.Checkpoint.Offset, &upload.Checkpoint)
}

// newProgress says of an upload what is received and where it is durable.
func newProgress(upload Upload, received int64, durable *Checkpoint) (p Progress, err error) {
	p = Progress{Upload: upload, Received: received, Durable: durable.Offset}
	switch upload.Status {
	case Available, Quarantined:
		p.Received, p.Durable = upload.Receipt.Size, upload.Receipt.Size
		p.DurableChecksum = upload.Receipt.Checksum
	case Receiving:
		p.DurableChecksum, err = durable.checksum()
	case Verifying, Scanning, Aborted, Expired, Deleted:
		// The catalog has the first two as receiving, and nothing of the others' bytes.
	}
	return p, callFailure(err)
}

// progress adds to what is known of the upload where the session stands.
func (s *receiving) progress(upload Upload) (Progress, error) {
	durable := s.checkpoints.durable.Load() // before received, see Position
	p, err := newProgress(upload, s.received.Load(), durable)
	if doing, ok := s.finishing.Load().(Status); ok && p.Status == Receiving {
		p.Status = doing
	}
	if !p.Status.Finished() {
		p.BytesPerSecond = s.throughput.perSecond(time.Now())
	}
	if moved := s.movedAt.Load(); moved != 0 && !p.Status.Finished() {
		p.touch(time.Unix(0, moved), s.uploads.limits.UploadExpiry)
	}
	return p, err
}
