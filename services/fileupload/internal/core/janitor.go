package core

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// How much the janitor does at once.
const (
	expiredBatch = 100
	sweepBatch   = 1000
)

// Janitor removes what has expired and finds what a crash left behind. Bytes
// that were promised to somebody are only ever removed after the catalog has
// said so: a blob that it does not know is set aside, since the catalog may be
// an older one than the store. Its methods are for one goroutine.
type Janitor struct {
	Catalog Catalog
	Store   Store
	// HoldIfFree takes an upload that no stream carries, so that none can begin
	// to until release is called.
	HoldIfFree func(ctx context.Context, key UploadKey) (release func(), ok bool)
	// Doubtful returns, once each, the identifiers of blobs of which it is not
	// known whether they became files. nil when there are none.
	Doubtful func() []string

	// doubts are identifiers from Doubtful that are not settled yet.
	doubts []string
}

// SweepParts removes parts that belong to no upload, and returns how many that
// were. It must not run beside uploads: call it before serving.
func (j *Janitor) SweepParts(ctx context.Context) (removed int, err error) {
	err = inBatches(j.Store.Parts(ctx), func(ids []string) error {
		n, err := j.eachUnwanted(ctx, ids, j.Store.Discard)
		removed += n
		return err
	})
	return removed, err
}

// SweepBlobs sets aside blobs that belong to no file, and returns how many that
// were. It looks only at those whose identifier was made before the identifier
// start, and so may run beside uploads and copies that began after it. Blobs
// whose name is no UUID of version 7 are not the service's and stay.
func (j *Janitor) SweepBlobs(ctx context.Context, start uuid.UUID) (setAside int, err error) {
	err = inBatches(madeBefore(start, j.Store.Blobs(ctx)), func(ids []string) error {
		n, err := j.eachUnwanted(ctx, ids, j.Store.SetAside)
		setAside += n
		return err
	})
	return setAside, err
}

// SettleDoubts sets aside the doubtful blobs that became no files, and returns
// how many that were.
func (j *Janitor) SettleDoubts(ctx context.Context) (setAside int, err error) {
	if j.Doubtful != nil {
		j.doubts = append(j.doubts, j.Doubtful()...)
	}
	if len(j.doubts) == 0 {
		return 0, nil
	}
	setAside, err = j.eachUnwanted(ctx, j.doubts, j.Store.SetAside)
	if err == nil {
		j.doubts = nil
	}
	return setAside, err
}

// eachUnwanted does something to the bytes of each identifier that the catalog
// does not know, and returns how many those were.
func (j *Janitor) eachUnwanted(
	ctx context.Context, ids []string, do func(ctx context.Context, id string) error,
) (done int, err error) {
	unwanted, err := j.Catalog.Unwanted(ctx, ids)
	if err != nil {
		return 0, err
	}
	for _, id := range unwanted {
		if err := do(ctx, id); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// Expire removes uploads and files whose time is over at now. Uploads that a
// stream carries stay.
func (j *Janitor) Expire(ctx context.Context, now time.Time) (uploads, files int, err error) {
	uploads, uploadsErr := j.expireUploads(ctx, now)
	files, filesErr := j.expireFiles(ctx, now)
	return uploads, files, errors.Join(uploadsErr, filesErr)
}

func (j *Janitor) expireUploads(ctx context.Context, now time.Time) (removed int, err error) {
	query := ExpiredQuery{Now: now, Limit: expiredBatch}
	for {
		expired, err := j.Catalog.ExpiredUploads(ctx, query)
		if err != nil || len(expired) == 0 {
			return removed, err
		}
		for i := range expired {
			gone, err := j.expireUpload(ctx, &expired[i], now)
			if err != nil {
				return removed, err
			}
			if gone {
				removed++
			}
		}
		last := &expired[len(expired)-1]
		query.After = ExpiredPage{After: last.ExpiresAt, AfterID: last.FileID}
	}
}

func (j *Janitor) expireUpload(ctx context.Context, upload *Upload, now time.Time) (gone bool, err error) {
	release, ok := j.HoldIfFree(ctx, upload.UploadKey)
	if !ok {
		return false, nil
	}
	defer release()
	gone, err = j.Catalog.DeleteExpiredUpload(ctx, upload.UploadKey, now)
	if err != nil || !gone || upload.Status == Available {
		return gone, err
	}
	// To an older catalog a finished upload looks unfinished: its blob is not
	// removed.
	if err := j.Store.SetAside(ctx, upload.FileID); err != nil {
		return true, err
	}
	return true, j.Store.Discard(ctx, upload.FileID)
}

func (j *Janitor) expireFiles(ctx context.Context, now time.Time) (removed int, err error) {
	query := ExpiredQuery{Now: now, Limit: expiredBatch}
	for {
		expired, err := j.Catalog.ExpiredFiles(ctx, query)
		if err != nil || len(expired) == 0 {
			return removed, err
		}
		for i := range expired {
			gone, err := j.expireFile(ctx, expired[i].ID, now)
			if err != nil {
				return removed, err
			}
			if gone {
				removed++
			}
		}
		last := &expired[len(expired)-1]
		query.After = ExpiredPage{After: last.ExpiresAt, AfterID: last.ID}
	}
}

func (j *Janitor) expireFile(ctx context.Context, id string, now time.Time) (gone bool, err error) {
	gone, err = j.Catalog.DeleteExpiredFile(ctx, id, now)
	if err != nil || !gone {
		return gone, err
	}
	return true, j.Store.Discard(ctx, id)
}
