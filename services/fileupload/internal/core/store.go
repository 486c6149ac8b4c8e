package core

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// The errors that a store alone returns, found with errors.Is.
var (
	// ErrDamaged says that stored bytes are not what was written: a store that can
	// tell returns it instead of them.
	ErrDamaged = errors.New("stored content is damaged")
	// ErrUnreadable says that bytes of a part are stored but can't be read before
	// it is published.
	ErrUnreadable = errors.New("stored, but not to be read before it is published")
)

// Store keeps the bytes of files under identifiers that the service made, each
// used once. A part is what an upload has brought so far; publishing makes it a
// blob, which never changes. Safe for concurrent use; a part has one user at a
// time.
//
// An error that wraps [ErrNoSpace] leaves the store as it was.
type Store interface {
	// Put stores a whole content at once, durable when it returns, and returns the
	// identifier of its blob: id, or one that begins with it. The segments are not
	// kept. After another error than ErrNoSpace the blob may be there.
	Put(ctx context.Context, id string, content [][]byte) (blobID string, err error)
	// Create begins an empty part; ErrExists when there is one.
	Create(ctx context.Context, id string) (Part, error)
	// Resume opens a part to go on after its first size bytes and drops what
	// lies behind them. It takes back a blob that was published and never
	// committed. proof is what [Part.Proof] returned for size. ErrNotFound when
	// there is neither, fewer bytes than size, or others than those of the proof. A
	// store with proofs touches nothing that another session has made: at 0 it
	// begins anew.
	Resume(ctx context.Context, id string, size int64, proof []byte) (Part, error)
	// Publish makes an ended, synced and closed part a blob, and returns its
	// identifier: id, or one that begins with it. The move is durable when it returns.
	Publish(ctx context.Context, id string) (blobID string, err error)
	// Discard removes the part or the blob; it is no error when there is
	// neither.
	Discard(ctx context.Context, id string) error
	// DiscardPart removes the part alone; it is no error when there is none.
	DiscardPart(ctx context.Context, id string) error
	// Open opens a blob for reading; ErrNotFound, or ErrDamaged.
	Open(ctx context.Context, id string) (Blob, error)
	// SetAside takes a blob out of the store without removing its bytes, so that
	// an operator can bring it back, and tells whether there was such a blob. It
	// is durable when it returns.
	SetAside(ctx context.Context, id string) (moved bool, err error)
	// PurgeSetAside removes for good what was set aside before a moment, and
	// returns how many blobs that were.
	PurgeSetAside(ctx context.Context, before time.Time) (removed int, err error)
	// Parts yields the identifier of every part, in no order; one that comes or
	// goes meanwhile may be missed. It ends after the first error.
	Parts(ctx context.Context) iter.Seq2[string, error]
	// Blobs does the same for blobs.
	Blobs(ctx context.Context) iter.Seq2[string, error]
}

// Part is the growing content of an upload. Not safe for concurrent use,
// except that Sync may run beside Append and then covers what was appended
// before it began.
type Part interface {
	// Append writes the segments, in order, behind what is there. After an
	// error the part's content behind the last Sync is unknown. The segments
	// are not kept.
	Append(segments [][]byte) error
	// ReadAt reads what was appended; ErrUnreadable where the store can't yet.
	io.ReaderAt
	// Durable returns how many of the first offset bytes a Sync makes durable
	// before the part has ended: all of them, unless the store keeps whole blocks
	// only. It does not fall as offset grows, and Durable of what it returns is
	// the same. An upload is resumed at such an offset.
	Durable(offset int64) int64
	// Proof returns what the bytes before offset are known by when the part is
	// resumed there, at most a few hundred bytes; nil from a store whose parts
	// nobody else can write. offset is one that Durable returned and a Sync has
	// covered.
	Proof(offset int64) []byte
	// End says that nothing is appended any more and that Publish follows. The Sync
	// after it makes all bytes of the part durable; a part that no Sync before it
	// has made durable may be gone after a crash. After an error the part can only
	// be resumed. Not beside Sync.
	End() error
	// Sync makes what was appended durable. After an error nothing appended
	// since the last Sync that succeeded can be relied on, whatever a later
	// Sync says.
	Sync() error
	// Close releases the part without syncing it.
	Close() error
}

// Blob is stored content. Safe for concurrent use.
type Blob interface {
	io.ReaderAt
	io.Closer
	// Size in bytes.
	Size() int64
}
