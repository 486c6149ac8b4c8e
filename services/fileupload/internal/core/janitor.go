package core

import (
	"context"
	"errors"
	"time"
)

// janitorBatch is how many expired things are fetched at once.
const janitorBatch = 100

// Janitor removes what has expired and what a crash left behind.
type Janitor struct {
	Catalog Catalog
	Store   Store
	// HoldIfFree takes an upload that no stream carries, so that none can begin
	// to until release is called.
	HoldIfFree func(ctx context.Context, key UploadKey) (release func(), ok bool)
}

// Sweep removes bytes that belong to no file and no upload, and returns how
// many parts and blobs that were. It must not run beside uploads: call it
// before serving.
func (j *Janitor) Sweep(ctx context.Context) (removed int, err error) {
	for id, err := range j.Store.IDs(ctx) {
		if err != nil {
			return removed, err
		}
		wanted, err := j.Catalog.Wants(ctx, id)
		if err != nil {
			return removed, err
		}
		if wanted {
			continue
		}
		if err := j.Store.Discard(ctx, id); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// Expire removes uploads and files whose time is over at now. Uploads that a
// stream carries stay.
func (j *Janitor) Expire(ctx context.Context, now time.Time) (uploads, files int, err error) {
	uploads, uploadsErr := j.expireUploads(ctx, now)
	files, filesErr := j.expireFiles(ctx, now)
	return uploads, files, errors.Join(uploadsErr, filesErr)
}

func (j *Janitor) expireUploads(ctx context.Context, now time.Time) (removed int, err error) {
	for {
		expired, err := j.Catalog.ExpiredUploads(ctx, now, janitorBatch)
		if err != nil {
			return removed, err
		}
		before := removed
		for i := range expired {
			gone, err := j.expireUpload(ctx, &expired[i], now)
			if err != nil {
				return removed, err
			}
			if gone {
				removed++
			}
		}
		if len(expired) < janitorBatch || removed == before {
			return removed, nil
		}
	}
}

func (j *Janitor) expireUpload(ctx context.Context, upload *Upload, now time.Time) (gone bool, err error) {
	release, ok := j.HoldIfFree(ctx, upload.UploadKey)
	if !ok {
		return false, nil
	}
	defer release()
	// A stream may have come and gone since the list was read.
	current, err := j.Catalog.FindUpload(ctx, upload.UploadKey)
	if errors.Is(err, ErrNotFound) || err == nil && current.ExpiresAt.After(now) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := j.Catalog.DeleteUpload(ctx, upload.UploadKey); err != nil {
		return false, err
	}
	if current.Status == Available {
		return true, nil
	}
	return true, j.Store.Discard(ctx, current.FileID)
}

func (j *Janitor) expireFiles(ctx context.Context, now time.Time) (removed int, err error) {
	for {
		expired, err := j.Catalog.ExpiredFiles(ctx, now, janitorBatch)
		if err != nil || len(expired) == 0 {
			return removed, err
		}
		for i := range expired {
			if err := j.expireFile(ctx, &expired[i], now); err != nil {
				return removed, err
			}
			removed++
		}
	}
}

func (j *Janitor) expireFile(ctx context.Context, file *File, now time.Time) error {
	// The expiry may have been moved since the list was read.
	current, err := j.Catalog.FindFile(ctx, file.Tenant, file.ID)
	if err == nil && (current.ExpiresAt.IsZero() || current.ExpiresAt.After(now)) {
		return nil
	}
	if err := j.Catalog.DeleteFile(ctx, file.Tenant, file.ID); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return j.Store.Discard(ctx, file.ID)
}
