package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
)

const (
	// Overhead is how many bytes longer sealed bytes are: a nonce of 12 before
	// them and a tag of 16 behind.
	Overhead = nonceSize + tagSize

	dataKeySize = 32
	nonceSize   = 12
	tagSize     = 16
)

// DataKey seals and opens the bytes of one object. Safe for concurrent use. It
// may seal 2^32 times.
type DataKey struct {
	// sealer draws a random nonce itself; opener is the same key.
	sealer, opener cipher.AEAD
}

func newDataKey(secret []byte) (*DataKey, error) {
	if len(secret) != dataKeySize {
		return nil, fmt.Errorf("%w: a data key has %d bytes instead of %d", ErrDamaged, len(secret), dataKeySize)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("make a data key: %w", err)
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make a data key: %w", err)
	}
	opener, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make a data key: %w", err)
	}
	return &DataKey{sealer: sealer, opener: opener}, nil
}

// Seal appends the sealed plaintext to dst and returns it: nonce, ciphertext,
// tag, [Overhead] bytes more than plaintext. Open has to be given the same
// associated data, which is not stored. Seal does not allocate when dst has
// room. The room behind dst must overlap neither plaintext nor associated.
func (k *DataKey) Seal(dst, plaintext, associated []byte) []byte {
	return k.sealer.Seal(dst, nil, plaintext, associated) //nolint:gosec // the sealer draws the nonce
}

// Open appends the plaintext of sealed to dst and returns it, or [ErrDamaged]
// and nothing when sealed or associated are not what they were. It does not
// allocate when dst has room. To open in place give sealed[12:12] as dst;
// otherwise the room behind dst must not overlap sealed. After an error that
// room is cleared.
func (k *DataKey) Open(dst, sealed, associated []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrDamaged, len(sealed))
	}
	plaintext, err := k.opener.Open(dst, sealed[:nonceSize], sealed[nonceSize:], associated)
	if err != nil {
		return nil, ErrDamaged
	}
	return plaintext, nil
}
