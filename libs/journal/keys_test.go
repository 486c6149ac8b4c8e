package journal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"testing"
)

var errOtherKey = errors.New("the outer key is another one")

// testKeys wrap by outer keys that a letter each stands for. The last is the
// newest.
type testKeys struct {
	outer string
	// failure of what makes and opens keys, or nil, and how many were made.
	failure atomic.Pointer[error]
	made    atomic.Int64
}

func newTestKeys() *testKeys { return &testKeys{outer: "a"} }

func (k *testKeys) fail(err error) { k.failure.Store(&err) }

func (k *testKeys) failed(ctx context.Context) error {
	if failure := k.failure.Load(); failure != nil && *failure != nil {
		return *failure
	}
	return ctx.Err()
}

func (k *testKeys) New(ctx context.Context, object string) (*testKey, []byte, error) {
	if err := k.failed(ctx); err != nil {
		return nil, nil, err
	}
	k.made.Add(1)
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	return newTestKey(secret), k.wrap(secret, object), nil
}

func (k *testKeys) wrap(secret []byte, object string) []byte {
	letter := k.outer[len(k.outer)-1:]
	return outerKey(letter).Seal([]byte(letter), secret, []byte(object))
}

func (k *testKeys) Unwrap(ctx context.Context, wrapped []byte, object string) (*testKey, error) {
	secret, err := k.unwrap(ctx, wrapped, object)
	if err != nil {
		return nil, err
	}
	return newTestKey(secret), nil
}

func (k *testKeys) unwrap(ctx context.Context, wrapped []byte, object string) ([]byte, error) {
	if err := k.failed(ctx); err != nil {
		return nil, err
	}
	for _, letter := range k.outer {
		if string(letter) == string(wrapped[:1]) {
			return outerKey(string(letter)).Open(nil, wrapped[1:], []byte(object))
		}
	}
	return nil, errOtherKey
}

func (k *testKeys) Current(wrapped []byte) bool { return wrapped[0] == k.outer[len(k.outer)-1] }

func (k *testKeys) Rewrap(ctx context.Context, wrapped []byte, object string) ([]byte, error) {
	secret, err := k.unwrap(ctx, wrapped, object)
	if err != nil {
		return nil, err
	}
	return k.wrap(secret, object), nil
}

func outerKey(letter string) *testKey {
	secret := make([]byte, 32)
	copy(secret, letter)
	return newTestKey(secret)
}

// testKey is AES-256-GCM.
type testKey struct{ aead cipher.AEAD }

func newTestKey(secret []byte) *testKey {
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return &testKey{aead}
}

func (k *testKey) Seal(dst, plaintext, associated []byte) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, 12)...)
	nonce := dst[at:]
	_, _ = rand.Read(nonce)
	return k.aead.Seal(dst, nonce, plaintext, associated)
}

func (k *testKey) Open(dst, sealed, associated []byte) ([]byte, error) {
	if len(sealed) < sealOverhead {
		return nil, errors.New("too short")
	}
	return k.aead.Open(dst, sealed[:12], sealed[12:], associated)
}

// bothWays runs a test on a plain journal and on a sealed one.
func bothWays(t *testing.T, test func(t *testing.T, keys Keys)) {
	t.Helper()
	t.Run("plain", func(t *testing.T) { test(t, nil) })
	t.Run("sealed", func(t *testing.T) { test(t, KeysOf(newTestKeys())) })
}

// sealedFS is a file system whose journal has keys.
func sealedFS(keys Keys) *memoryFS {
	fsys := newMemoryFS()
	fsys.keys = keys
	return fsys
}
