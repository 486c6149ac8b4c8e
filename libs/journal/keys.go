package journal

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Keys makes the data keys that a journal seals its records with, and unwraps
// them. It is safe for concurrent use. [KeysOf] makes one of a source of keys
// whose own type of key is a [DataKey].
type Keys interface {
	// New makes a data key for an object, which is named by any text, and wraps
	// it by the outer key. A wrapped key has at most 4060 bytes.
	New(ctx context.Context, object string) (key DataKey, wrapped []byte, err error)
	// Unwrap returns a data key that New has made for the same object. It fails
	// when the outer key is another one.
	Unwrap(ctx context.Context, wrapped []byte, object string) (DataKey, error)
	// Current reports whether the newest outer key has wrapped it, and Rewrap
	// wraps it by that.
	Current(wrapped []byte) bool
	Rewrap(ctx context.Context, wrapped []byte, object string) ([]byte, error)
}

// DataKey seals and opens with authenticated encryption. It is safe for
// concurrent use.
type DataKey interface {
	// Seal appends 28 bytes more than the plaintext has: a nonce, which is
	// random, the ciphertext, and a tag that covers it and what is associated.
	Seal(dst, plaintext, associated []byte) []byte
	// Open appends the plaintext, or fails if anything was altered.
	Open(dst, sealed, associated []byte) ([]byte, error)
}

// sealOverhead is what sealing adds to a record: a nonce of 12 bytes and a tag
// of 16. Positions are given out before the records are sealed, so it is fixed.
const sealOverhead = 28

// source is what has keys of a type of its own.
type source[K DataKey] interface {
	New(ctx context.Context, object string) (key K, wrapped []byte, err error)
	Unwrap(ctx context.Context, wrapped []byte, object string) (K, error)
	Current(wrapped []byte) bool
	Rewrap(ctx context.Context, wrapped []byte, object string) ([]byte, error)
}

// KeysOf returns the Keys of a source.
func KeysOf[K DataKey](from source[K]) Keys { return keysOf[K]{from} }

type keysOf[K DataKey] struct{ source[K] }

func (k keysOf[K]) New(ctx context.Context, object string) (DataKey, []byte, error) {
	key, wrapped, err := k.source.New(ctx, object)
	if err != nil {
		return nil, nil, err
	}
	return key, wrapped, nil
}

func (k keysOf[K]) Unwrap(ctx context.Context, wrapped []byte, object string) (DataKey, error) {
	key, err := k.source.Unwrap(ctx, wrapped, object)
	if err != nil {
		return nil, err
	}
	return key, nil
}

// keyObject is what the data keys of a journal are wrapped for.
func keyObject(id identity) string { return "journal/" + hex.EncodeToString(id[:]) }

// keyTimeout bounds what a key management service takes for one key, which
// records wait for.
const keyTimeout = 10 * time.Second

// newKey is a data key that no segment uses yet.
type newKey struct {
	key     DataKey
	wrapped []byte
	err     error
}

// makeKey makes a data key, and makes sure of what the format relies on.
func makeKey(ctx context.Context, keys Keys, id identity) newKey {
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	key, wrapped, err := keys.New(ctx, keyObject(id))
	switch {
	case err != nil:
		return newKey{err: &keyError{fmt.Errorf("can't make a data key: %w", err)}}
	case len(wrapped) == 0 || len(wrapped) > maxWrapped:
		return newKey{err: &keyError{fmt.Errorf("a wrapped data key must have 1 to %d bytes, not %d", maxWrapped, len(wrapped))}}
	case len(key.Seal(nil, nil, nil)) != sealOverhead:
		return newKey{err: &keyError{fmt.Errorf("a data key must add %d bytes to what it seals", sealOverhead)}}
	}
	return newKey{key: key, wrapped: wrapped}
}

// keyError says that a segment can't begin for want of a data key. It counts as
// a failure of the journal, which tries again.
type keyError struct{ error }

func (e *keyError) Error() string {
	return "journal: " + e.error.Error() + ": what was not durable is gone; append it again once the keys can be had"
}

func (e *keyError) Unwrap() []error { return []error{ErrFailed, e.error} }

func isKeyError(err error) bool {
	_, ok := errors.AsType[*keyError](err)
	return ok
}
