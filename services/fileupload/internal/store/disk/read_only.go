package disk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// ErrReadOnly says that a store was opened to be looked at.
var ErrReadOnly = errors.New("disk: the store is open for reading only: open it with Open to change it")

// ReadOnly is a [Store] that changes nothing in its folder. What would change it
// returns [ErrReadOnly].
type ReadOnly struct{ inner *Store }

var _ core.Store = (*ReadOnly)(nil)

// OpenReadOnly opens the store in the folder dir, which is there, to look at it: it
// makes no folders, tries nothing out and leaves as it is what a crash left. The
// caller closes the store.
func OpenReadOnly(dir string) (*ReadOnly, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open store for reading: %w", err)
	}
	return &ReadOnly{&Store{root: root, packs: &packs{root: root}}}, nil
}

// Close releases the store. Its blobs are closed before.
func (r *ReadOnly) Close() error { return r.inner.Close() }

// Open opens a blob, as [Store.Open] does.
func (r *ReadOnly) Open(ctx context.Context, id string) (core.Blob, error) {
	return r.inner.Open(ctx, id)
}

// Parts yields the identifier of every part, as [Store.Parts] does.
func (r *ReadOnly) Parts(ctx context.Context) iter.Seq2[string, error] { return r.inner.Parts(ctx) }

// Blobs yields the identifier of every blob, as [Store.Blobs] does.
func (r *ReadOnly) Blobs(ctx context.Context) iter.Seq2[string, error] { return r.inner.Blobs(ctx) }

// Put returns [ErrReadOnly].
func (*ReadOnly) Put(context.Context, string, [][]byte) (string, error) { return "", ErrReadOnly }

// Create returns [ErrReadOnly].
func (*ReadOnly) Create(context.Context, string) (core.Part, error) { return nil, ErrReadOnly }

// Resume returns [ErrReadOnly]: it would cut the part.
func (*ReadOnly) Resume(context.Context, string, int64, []byte) (core.Part, error) {
	return nil, ErrReadOnly
}

// Publish returns [ErrReadOnly].
func (*ReadOnly) Publish(context.Context, string) (string, error) { return "", ErrReadOnly }

// Discard returns [ErrReadOnly].
func (*ReadOnly) Discard(context.Context, string) error { return ErrReadOnly }

// DiscardPart returns [ErrReadOnly].
func (*ReadOnly) DiscardPart(context.Context, string) error { return ErrReadOnly }

// SetAside returns [ErrReadOnly].
func (*ReadOnly) SetAside(context.Context, string) (bool, error) { return false, ErrReadOnly }

// PurgeSetAside returns [ErrReadOnly].
func (*ReadOnly) PurgeSetAside(context.Context, time.Time) (int, error) { return 0, ErrReadOnly }
