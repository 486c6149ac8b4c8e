package seal

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/core/cryptofmt"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// keysetOuter is the outer key in a Tink keyset: the primary key wraps, every
// key unwraps.
type keysetOuter struct {
	aead    tink.AEAD
	ids     map[uint32]bool
	primary uint32
}

func newKeysetOuter(handle *keyset.Handle) (*keysetOuter, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use the keyset: %w; it has to hold AEAD keys", err)
	}
	o := &keysetOuter{aead: primitive, ids: map[uint32]bool{}}
	for _, key := range describe(handle) {
		o.ids[key.ID] = key.Enabled
		if key.Primary {
			o.primary = key.ID
		}
	}
	return o, nil
}

func (o *keysetOuter) EncryptWithContext(_ context.Context, plaintext, associated []byte) ([]byte, error) {
	return o.aead.Encrypt(plaintext, associated)
}

func (o *keysetOuter) DecryptWithContext(_ context.Context, ciphertext, associated []byte) ([]byte, error) {
	plaintext, err := o.aead.Decrypt(ciphertext, associated)
	if err == nil {
		return plaintext, nil
	}
	id, has := keyIDOf(ciphertext)
	if has && o.ids[id] {
		return nil, fmt.Errorf("%w: key %d wrapped it and does not unwrap it for this object; restore it from a backup", ErrDamaged, id)
	}
	return nil, fmt.Errorf("%w: key %d wrapped it, which the keyset has not", ErrWrongKey, id)
}

// isPrimary tells whether the primary key made a ciphertext.
func (o *keysetOuter) isPrimary(ciphertext []byte) bool {
	id, has := keyIDOf(ciphertext)
	return has && id == o.primary
}

// keyIDOf returns the id in the prefix that Tink puts before a ciphertext.
func keyIDOf(ciphertext []byte) (id uint32, has bool) {
	if len(ciphertext) < cryptofmt.TinkPrefixSize || ciphertext[0] != cryptofmt.TinkStartByte {
		return 0, false
	}
	return binary.BigEndian.Uint32(ciphertext[1:]), true
}
