package core

import (
	"context"
	"errors"
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
	// hexadecimal; empty for an aborted upload.
	DurableChecksum string
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
		return Progress{}, failure(err)
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
		return nil, failure(err)
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
	case Available:
		p.DurableChecksum = upload.Receipt.Checksum
	case Aborted:
	default:
		p.DurableChecksum, err = durable.checksum()
	}
	return p, err
}

// progress adds to what is known of the upload where the session stands.
func (s *receiving) progress(upload Upload) (Progress, error) {
	durable := s.checkpoints.durable.Load() // before received, see Position
	p, err := newProgress(upload, s.received.Load(), durable)
	if p.Status == Receiving && s.verifying.Load() {
		p.Status = Verifying
	}
	if moved := s.movedAt.Load(); moved != 0 && p.Status != Available {
		p.touch(time.Unix(0, moved), s.uploads.limits.UploadExpiry)
	}
	return p, err
}
