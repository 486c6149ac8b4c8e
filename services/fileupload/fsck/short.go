package fsck

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// nothing is the size of an upload that the store has nothing of.
const nothing = -1

// shortUpload is an upload that the store has less of than is durable, as far as
// its part or the blob of its name tell.
type shortUpload struct {
	key           core.UploadKey
	id            string
	durable, size int64
}

// lookAgain lists the store once more for the uploads that are short: for parts that
// came meanwhile, and for uploads that were published and never committed, in a store
// that adds to the names of blobs.
func (e *examination) lookAgain(ctx context.Context, short map[string]*shortUpload) error {
	err := eachOf(short, e.place.Store.Parts(ctx), func(upload *shortUpload, _ string) (int64, error) {
		e.parts[upload.id] = true
		return e.sizeOf(ctx, upload.id, upload.durable)
	})
	if err != nil {
		return err
	}
	return eachOf(short, e.place.Store.Blobs(ctx), func(_ *shortUpload, id string) (int64, error) {
		return e.blobSize(ctx, id)
	})
}

// eachOf notes how much there is under each of ids that is of a short upload.
func eachOf(
	short map[string]*shortUpload, ids iter.Seq2[string, error], sizeOf func(upload *shortUpload, id string) (int64, error),
) error {
	for id, err := range ids {
		if err != nil {
			return err
		}
		upload := short[uploadOf(id)]
		if upload == nil {
			continue
		}
		size, err := sizeOf(upload, id)
		if errors.Is(err, core.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		upload.size = max(upload.size, size)
	}
	return nil
}

// missing reports what is missing of an upload, unless it has ended meanwhile.
func (e *examination) missing(ctx context.Context, short *shortUpload) error {
	if short.size >= short.durable {
		return nil
	}
	again, err := e.place.Catalog.FindUpload(ctx, short.key)
	if errors.Is(err, core.ErrNotFound) || err == nil && (again.Status != core.Receiving || again.FileID != short.id) {
		return nil
	}
	if err != nil {
		return err
	}
	detail := fmt.Sprintf("the storage has %d bytes of it", short.size)
	if short.size == nothing {
		detail = "the storage has nothing of it"
	}
	e.report.problem(Problem{
		Kind: MissingPart, Tenant: short.key.Tenant, UploadID: short.key.UploadID, BlobID: short.id,
		Detail: fmt.Sprintf("%s; %d are durable", detail, short.durable),
	})
	return nil
}
