package core

import "context"

// Session carries an upload on for the life of one stream. Its methods are for
// one goroutine, but for Position, which is safe for concurrent use.
type Session interface {
	// Finished tells whether the upload had finished before the session began,
	// so that the receipt is there already.
	Finished() bool
	// Next is the offset of the next byte.
	Next() int64
	// Checksum is the SHA-256 of the first Next bytes, in lower-case hexadecimal.
	// When the session begins they are durable.
	Checksum() string
	// Position returns how many bytes were received and how many are durable.
	Position() (received, durable int64)
	// SetChecksum adds the SHA-256 that the client computed, in hexadecimal of
	// either case. The error has reason FIELD_INVALID for another text, and
	// WORK_CHANGED when it is not the one that was named before.
	SetChecksum(checksum string) error
	// Append takes a chunk in. What the upload has already is compared and
	// dropped; a chunk behind the next place has reason OFFSET_MISMATCH. When
	// Append returns, the segments are the caller's again.
	Append(ctx context.Context, chunk Chunk) error
	// Complete tells whether the upload is complete when no more comes.
	Complete() bool
	// Finish verifies what was received, makes it a file, and returns its
	// receipt once everything is durable. Its outcome does not depend on ctx
	// any more when the checks have passed.
	Finish(ctx context.Context) (*Receipt, error)
	// Close ends the session. cause is why the stream ends, nil after Finish.
	// What was received is made durable, so that the upload goes on from there;
	// an upload that can't become a file any more is forgotten with its bytes.
	// Close returns cause, joined with what went wrong here.
	Close(ctx context.Context, cause error) error
}
