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
}

// Find returns an upload, or reason UPLOAD_NOT_FOUND.
func (u *Uploads) Find(ctx context.Context, key UploadKey) (Progress, error) {
	if s := u.liveSession(key); s != nil {
		return s.progress(s.upload), nil
	}
	upload, err := u.catalog.FindUpload(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return Progress{}, uploadNotFound(key)
	}
	return atRest(upload), failure(err)
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
		list[i] = atRest(upload)
		if s := u.liveSession(upload.UploadKey); s != nil {
			list[i] = s.progress(upload)
		}
	}
	return list, nil
}

func atRest(upload Upload) Progress {
	return Progress{Upload: upload, Received: upload.Checkpoint.Offset, Durable: upload.Checkpoint.Offset}
}

// progress adds to what is known of the upload where the session stands.
func (s *receiving) progress(upload Upload) Progress {
	p := Progress{Upload: upload}
	p.Received, p.Durable = s.Position()
	if p.Status == Receiving && s.verifying.Load() {
		p.Status = Verifying
	}
	if moved := s.movedAt.Load(); moved != 0 && p.Status != Available {
		p.touch(time.Unix(0, moved), s.uploads.limits.UploadExpiry)
	}
	return p
}
