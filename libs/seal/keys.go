package seal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// MaxWrapped is the largest number of bytes of a wrapped key. A keyset's have
// 66, those of a KMS a few hundred.
const MaxWrapped = 1024

// wrappedVersion is the first byte of a wrapped key.
const wrappedVersion = 1

// Keys makes data keys and opens them again, with one outer key. Safe for
// concurrent use.
type Keys struct {
	outer Outer
	// name is where the outer key is, for errors.
	name string
}

// Open opens the outer key that a configuration names, which has to be enabled.
// A KMS is asked nothing before the first key is made or unwrapped; without a
// resolver its URI is an error.
func Open(ctx context.Context, cfg Config, resolve Resolver) (*Keys, error) {
	path, isFile := cfg.file()
	if isFile {
		return openKeyset(path)
	}
	if resolve == nil {
		return nil, fmt.Errorf("encryption.key is %s: this program has no KMS built in; name a keyset file", cfg.Key)
	}
	outer, err := resolve(ctx, cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("encryption.key: %w", err)
	}
	return NewKeys(outer, cfg.Key), nil
}

func openKeyset(path string) (*Keys, error) {
	outer, err := loadKeyset(path)
	if err != nil {
		return nil, fmt.Errorf("encryption.key: %w", err)
	}
	return NewKeys(outer, path), nil
}

// NewKeys returns keys wrapped by outer. The name says in errors where the
// outer key is; it must not be secret.
func NewKeys(outer Outer, name string) *Keys { return &Keys{outer: outer, name: name} }

// Name is the path or the URI of the outer key.
func (k *Keys) Name() string { return k.name }

// New makes a data key for an object and wraps it. The object is a name that
// no other object has or will have, such as "file/<id>"; Unwrap takes the same.
// The key is of use after a crash only if wrapped was durable before.
func (k *Keys) New(ctx context.Context, object string) (key *DataKey, wrapped []byte, err error) {
	secret := make([]byte, dataKeySize)
	_, _ = rand.Read(secret) // It never fails.
	defer clear(secret)
	if wrapped, err = k.wrap(ctx, secret, object); err != nil {
		return nil, nil, err
	}
	key, err = newDataKey(secret)
	return key, wrapped, err
}

// Unwrap opens the data key of an object. The error wraps [ErrWrongKey] when
// another outer key wrapped it, and [ErrDamaged] when wrapped is not what New
// returned for this object. Any other error is of a KMS that can't be asked:
// try again later. A KMS may be unable to tell a wrong key from damage.
func (k *Keys) Unwrap(ctx context.Context, wrapped []byte, object string) (*DataKey, error) {
	secret, err := k.unwrap(ctx, wrapped, object)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return newDataKey(secret)
}

// Rewrap wraps the data key of an object with the newest outer key. The data
// key and so what it sealed stay the same. Errors are those of Unwrap.
func (k *Keys) Rewrap(ctx context.Context, wrapped []byte, object string) ([]byte, error) {
	secret, err := k.unwrap(ctx, wrapped, object)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return k.wrap(ctx, secret, object)
}

// Current tells whether a wrapped key was wrapped with the newest outer key. A
// KMS keeps that to itself, and the answer is false.
func (k *Keys) Current(wrapped []byte) bool {
	set, isSet := k.outer.(*keysetOuter)
	return isSet && len(wrapped) > 0 && wrapped[0] == wrappedVersion && set.isPrimary(wrapped[1:])
}

func (k *Keys) wrap(ctx context.Context, secret []byte, object string) ([]byte, error) {
	ciphertext, err := k.outer.EncryptWithContext(ctx, secret, []byte(object))
	if err != nil {
		return nil, fmt.Errorf("wrap the data key of %s with %s: %w", object, k.name, err)
	}
	if len(ciphertext) >= MaxWrapped {
		return nil, fmt.Errorf("wrap the data key of %s with %s: it has %d bytes; at most %d fit", object, k.name, len(ciphertext), MaxWrapped-1)
	}
	return append([]byte{wrappedVersion}, ciphertext...), nil
}

func (k *Keys) unwrap(ctx context.Context, wrapped []byte, object string) ([]byte, error) {
	if len(wrapped) < 2 || wrapped[0] != wrappedVersion {
		return nil, fmt.Errorf("%w: the wrapped key of %s has no form that this program knows; restore it, or use a newer program", ErrDamaged, object)
	}
	secret, err := k.outer.DecryptWithContext(ctx, wrapped[1:], []byte(object))
	switch {
	case errors.Is(err, ErrWrongKey):
		return nil, fmt.Errorf("%s can't be opened with the key in %s: %w; give the key that it was written with", object, k.name, err)
	case err != nil:
		return nil, fmt.Errorf("unwrap the data key of %s with %s: %w", object, k.name, err)
	}
	return secret, nil
}
