package disk

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// packedBlob is the content of a record, in memory: at most 64 KiB. So it stays
// readable while its room in the pack goes to nothing.
type packedBlob struct{ *bytes.Reader }

var _ core.Blob = packedBlob{}

func (packedBlob) Close() error { return nil }

// openBlob reads a blob whose identifier says where it lies, and proves it;
// [fs.ErrNotExist] for any other.
func (p *packs) openBlob(blobID string) (core.Blob, error) {
	id, at, ok := packedAt(blobID)
	if !ok {
		return nil, fs.ErrNotExist
	}
	pack, err := p.open(at.pack, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	content, err := pack.prove(id, at.offset)
	if err := errors.Join(err, pack.Close()); err != nil {
		return nil, err
	}
	return packedBlob{bytes.NewReader(content)}, nil
}

// ids yields the identifiers of all blobs in packs.
func (p *packs) ids(ctx context.Context, yield func(string, error) bool) {
	for number, err := range p.numbers(ctx) {
		if err != nil {
			yield("", explain("list packs", err))
			return
		}
		if !p.idsIn(ctx, number, yield) {
			return
		}
	}
}

// idsIn yields the identifiers of one pack, and tells whether to go on.
func (p *packs) idsIn(ctx context.Context, number uint64, yield func(string, error) bool) bool {
	pack, err := p.open(number, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, core.ErrDamaged) {
		return true
	}
	if err != nil {
		yield("", explain("list pack", err))
		return false
	}
	defer func() { _ = pack.Close() }() // It was only read.
	for r, err := range pack.records() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			yield("", explain("list pack", err))
			return false
		}
		if !yield(location{pack: number, offset: r.at}.blobID(r.id), nil) {
			return false
		}
	}
	return true
}
