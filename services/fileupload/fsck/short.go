package fsck

import (
	"context"
	"errors"
	"fmt"

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

// lookAgain lists the store once more for the uploads that are short.
func (e *examination) lookAgain(ctx context.Context, short map[string]*shortUpload) error {
	if err := e.findParts(ctx, short); err != nil {
		return err
	}
	return e.findPublished(ctx, short)
}

// findParts looks for parts that came after the store was listed.
func (e *examination) findParts(ctx context.Context, short map[string]*shortUpload) error {
	for id, err := range e.place.Store.Parts(ctx) {
		if err != nil {
			return err
		}
		upload := short[uploadOf(id)]
		if upload == nil || e.parts[upload.id] {
			continue
		}
		e.parts[upload.id] = true
		size, err := e.sizeOf(ctx, upload.id, upload.durable)
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

// findPublished looks for uploads that were published and never committed, in a
// store that adds to the names of blobs.
func (e *examination) findPublished(ctx context.Context, short map[string]*shortUpload) error {
	for id, err := range e.place.Store.Blobs(ctx) {
		if err != nil {
			return err
		}
		upload := short[uploadOf(id)]
		if upload == nil {
			continue
		}
		size, err := e.blobSize(ctx, id)
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
