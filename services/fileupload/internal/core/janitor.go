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
// an older one than the store. SweepParts and SweepBlobs may run beside the other
// methods; each method is for one goroutine at a time.
type Janitor struct {
	Catalog Catalog
	Store   Store
	// HoldIfFree takes an upload that no stream carries, so that none can begin
	// to until release is called.
	HoldIfFree func(ctx context.Context, key UploadKey) (release func(), ok bool)
	// Doubtful returns, once each, the identifiers of blobs and parts of which it is
	// not known whether they are anybody's. nil when there are none.
	Doubtful func() []string

	// Remembered is how long it is remembered that an upload or its file expired.
	Remembered time.Duration

	// Grace is set when other processes use catalog and store as well: for so long
	// after its identifier was made nothing is touched that the catalog does not
	// know, since one of them may be about to tell it. 0 when there are none.
	Grace time.Duration
	// Patience is how long a sweep's doubts wait at least until they are settled, to
	// give a deletion that is under way the time to end. 0 when no sweep runs beside
	// deletions.
	Patience time.Duration

	doubts doubts
}

// SweepParts removes parts that belong to no upload, and returns how many that
// were. Without a grace it must not run beside uploads: call it before serving.
func (j *Janitor) SweepParts(ctx context.Context) (removed int, err error) {
	parts := j.Store.Parts(ctx)
	if j.Grace > 0 {
		parts = madeBefore(j.settled(), parts)
	}
	err = inBatches(parts, func(ids []string) error {
		unwanted, err := j.Catalog.UnwantedParts(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range unwanted {
			if err := j.removePart(ctx, id); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	return removed, err
}

// removePart removes a part, and no blob that a file may have under the same
// identifier.
func (j *Janitor) removePart(ctx context.Context, id string) error {
	unwanted, err := j.Catalog.UnwantedBlobs(ctx, []string{id})
	if err != nil {
		return err
	}
	if len(unwanted) == 0 {
		return j.Store.DiscardPart(ctx, id)
	}
	if _, err := j.Store.SetAside(ctx, id); err != nil {
		return err
	}
	return j.Store.Discard(ctx, id)
}

// SweepBlobs adds blobs that belong to no file to the doubts, and moves none:
// what the catalog no longer knows may be a file whose deletion is under way.
// Call SettleDoubts later. SweepBlobs looks only at blobs whose identifier was
// made before the identifier start, or with a grace before that, and so may run
// beside uploads that began after it. Blobs whose name does not begin with a UUID
// of version 7 are not the service's and stay. After an error the doubts hold what
// it found until then.
func (j *Janitor) SweepBlobs(ctx context.Context, start uuid.UUID) error {
	if j.Grace > 0 {
		start = j.settled()
	}
	return inBatches(madeBefore(start, j.Store.Blobs(ctx)), func(ids []string) error {
		unwanted, err := j.Catalog.UnwantedBlobs(ctx, ids)
		j.doubts.add(time.Now().Add(j.Patience), unwanted...)
		return err
	})
}

// settled is after every identifier whose grace is over.
func (j *Janitor) settled() uuid.UUID { return firstAt(time.Now().Add(-j.Grace)) }

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
	gone, err = j.Catalog.ExpireUpload(ctx, upload.UploadKey, j.endAt(now))
	if err != nil || !gone || upload.Status != Receiving && upload.Status != Aborted {
		return gone, err
	}
	// To an older catalog a finished upload looks unfinished: its blob is not
	// removed.
	_, err = j.Store.SetAside(ctx, upload.FileID)
	if err == nil {
		err = j.Store.Discard(ctx, upload.FileID)
	}
	return true, j.orDoubt(upload.FileID, err)
}

// orDoubt leaves bytes that could not be removed to SettleDoubts: the catalog does
// not know them any more.
func (j *Janitor) orDoubt(id string, err error) error {
	if err != nil {
		j.doubts.add(time.Now(), id)
	}
	return err
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
	gone, orphan, err := j.Catalog.ExpireFile(ctx, id, j.endAt(now))
	if err != nil || orphan == "" {
		return gone, err
	}
	return true, j.orDoubt(orphan, j.Store.Discard(ctx, orphan))
}

func (j *Janitor) endAt(now time.Time) End {
	return End{At: now, ExpiresAt: now.Add(j.Remembered)}
}
