package chain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash is the SHA-256 of a line. The zero Hash stands before the first line.
type Hash [sha256.Size]byte

// digits of a hash in text.
const digits = 2 * sha256.Size

// ParseHash reads the text of a hash: 64 digits in lower case.
func ParseHash(text string) (Hash, error) {
	var h Hash
	if len(text) != digits {
		return Hash{}, fmt.Errorf("a hash has %d hexadecimal digits, not %d characters", digits, len(text))
	}
	if _, err := hex.Decode(h[:], []byte(text)); err != nil || h.String() != text {
		return Hash{}, fmt.Errorf("a hash is written in the digits 0 to 9 and a to f")
	}
	return h, nil
}

// String returns the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash in lower-case hexadecimal.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what [Hash.MarshalText] wrote.
func (h *Hash) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHash(string(text))
	return err
}
