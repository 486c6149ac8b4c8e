package fsck

import (
	"context"
	"iter"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// leftovers lists the store, and finds what belongs to nothing.
func (e *examination) leftovers(ctx context.Context) error {
	parts := counted(e.place.Store.Parts(ctx), func(id string) {
		e.report.Parts++
		e.parts[uploadOf(id)] = true
	})
	err := core.EachUnwanted(ctx, parts, e.place.Grace, e.place.Catalog.UnwantedParts, func(id string) {
		e.report.leftover(UnknownPart, id)
	})
	if err != nil {
		return err
	}
	blobs := counted(e.place.Store.Blobs(ctx), func(string) { e.report.Blobs++ })
	return core.EachUnwanted(ctx, blobs, e.place.Grace, e.place.Catalog.UnwantedBlobs, func(id string) {
		e.report.leftover(UnknownBlob, id)
	})
}

// idChars is the length of the identifiers that the service makes. A store may add
// to them.
const idChars = 36

// uploadOf returns the identifier that an upload knows its part by.
func uploadOf(id string) string { return id[:min(len(id), idChars)] }

// counted yields ids, and calls count for each.
func counted(ids iter.Seq2[string, error], count func(id string)) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, err := range ids {
			if err == nil {
				count(id)
			}
			if !yield(id, err) {
				return
			}
		}
	}
}
