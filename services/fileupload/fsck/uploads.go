package fsck

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// uploadsPage is how many uploads are read from the catalog at once.
const uploadsPage = 1000

// always is after every time that a catalog has.
var always = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// uploads compares unfinished uploads with what the store has of them.
func (e *examination) uploads(ctx context.Context) error {
	return e.eachReceiving(ctx, func(upload *core.Upload) error {
		e.report.Uploads++
		return e.upload(ctx, upload)
	})
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

// upload compares the durable offset with what there is. One that began after the
// store was listed is not looked at.
func (e *examination) upload(ctx context.Context, upload *core.Upload) error {
	durable := upload.Checkpoint.Offset
	if durable == 0 || !upload.CreatedAt.Before(e.began) {
		return nil
	}
	detail, err := e.shortage(ctx, upload.FileID, durable)
	if err != nil || detail == "" {
		return err
	}
	if again, err := e.place.Catalog.FindUpload(ctx, upload.UploadKey); errors.Is(err, core.ErrNotFound) ||
		err == nil && (again.Status != core.Receiving || again.FileID != upload.FileID) {
		return nil
	} else if err != nil {
		return err
	}
	e.report.problem(Problem{
		Kind: MissingPart, Tenant: upload.Tenant, UploadID: upload.UploadID, BlobID: upload.FileID,
		Detail: fmt.Sprintf("%s; %d are durable", detail, durable),
	})
	return nil
}

// shortage tells how much there is of an upload if it is less than durable, empty
// otherwise. One that was published and never committed is a blob.
func (e *examination) shortage(ctx context.Context, id string, durable int64) (string, error) {
	size, err := e.sizeOf(ctx, id, durable)
	switch {
	case errors.Is(err, core.ErrNotFound):
		return "the storage has nothing of it", nil
	case err == nil && size < durable:
		return fmt.Sprintf("the storage has %d bytes of it", size), nil
	}
	return "", err
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
	blob, err := e.place.Store.Open(ctx, id)
	if err != nil {
		return 0, err
	}
	return blob.Size(), blob.Close()
}
