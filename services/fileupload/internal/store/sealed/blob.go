package sealed

import (
	"context"
	"errors"

	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// blob is a sealed blob.
type blob struct {
	*sealfile.Reader

	inner core.Blob
}

var _ core.Blob = (*blob)(nil)

// Open opens the blob in its form. A plain one is the inner store's own. Of a
// sealed one the size is proven; bytes that are not what was written are
// [core.ErrDamaged], here or in a read.
func (s *Store) Open(ctx context.Context, id string) (core.Blob, error) {
	name, err := sealedID(id)
	if err != nil {
		return nil, err
	}
	inner, err := s.inner.Open(ctx, name)
	if errors.Is(err, core.ErrNotFound) {
		return s.inner.Open(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	reader, err := sealfile.NewReader(ctx, s.keys, inner, inner.Size())
	if err != nil {
		return nil, errors.Join(explain("open blob", err), inner.Close())
	}
	return &blob{Reader: reader, inner: inner}, nil
}

// ReadAt reads plaintext.
func (b *blob) ReadAt(p []byte, offset int64) (int, error) {
	n, err := b.Reader.ReadAt(p, offset)
	return n, explain("read blob", err)
}

// Close releases the blob.
func (b *blob) Close() error { return b.inner.Close() }
