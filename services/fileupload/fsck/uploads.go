package fsck

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// uploadsPage is how many uploads are read from the catalog at once.
const uploadsPage = 1000

// always is after every time that a catalog has.
var always = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// uploads compares unfinished uploads with what the store has of them.
func (e *examination) uploads(ctx context.Context) error {
	short := map[string]*shortUpload{}
	err := e.eachReceiving(ctx, func(upload *core.Upload) error {
		e.report.Uploads++
		size, err := e.upload(ctx, upload)
		if err == nil && size < upload.Checkpoint.Offset {
			short[upload.FileID] = &shortUpload{key: upload.UploadKey, id: upload.FileID, durable: upload.Checkpoint.Offset, size: size}
		}
		return err
	})
	if err != nil || len(short) == 0 {
		return err
	}
	if err := e.lookAgain(ctx, short); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(short)) {
		if err := e.missing(ctx, short[id]); err != nil {
			return err
		}
	}
	return nil
}

// eachReceiving calls do with every upload that is receiving.
func (e *examination) eachReceiving(ctx context.Context, do func(upload *core.Upload) error) error {
	// All uploads expire.
	query := core.ExpiredQuery{Now: always, Limit: uploadsPage}
	for {
		uploads, err := e.place.Catalog.ExpiredUploads(ctx, query)
		if err != nil {
			return err
		}
		for i := range uploads {
			if uploads[i].Status != core.Receiving {
				continue
			}
			if err := do(&uploads[i]); err != nil {
				return err
			}
		}
		if len(uploads) < query.Limit {
			return nil
		}
		last := &uploads[len(uploads)-1]
		query.After = core.ExpiredPage{After: last.ExpiresAt, AfterID: last.FileID}
	}
}

// upload returns how much there is of an upload, [nothing] if it is not there. One
// that began after the store was listed is not looked at.
func (e *examination) upload(ctx context.Context, upload *core.Upload) (size int64, err error) {
	durable := upload.Checkpoint.Offset
	if durable == 0 || !upload.CreatedAt.Before(e.began) {
		return durable, nil
	}
	size, err = e.sizeOf(ctx, upload.FileID, durable)
	if errors.Is(err, core.ErrNotFound) {
		return nothing, nil
	}
	return size, err
}

func (e *examination) sizeOf(ctx context.Context, id string, durable int64) (int64, error) {
	if e.parts[id] {
		if e.place.PartSize == nil {
			return durable, nil
		}
		size, err := e.place.PartSize(ctx, id)
		if !errors.Is(err, core.ErrNotFound) {
			return size, err
		}
	}
	return e.blobSize(ctx, id)
}

func (e *examination) blobSize(ctx context.Context, id string) (int64, error) {
	blob, err := e.place.Store.Open(ctx, id)
	if err != nil {
		return 0, err
	}
	return blob.Size(), blob.Close()
}
