package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

const (
	prefix       = "slk_"
	idLength     = 12
	secretLength = 52
	hashPrefix   = "sha256:"
)

// Key is what is kept of an API key. It holds no secret.
type Key struct {
	// ID of the key: 12 characters of a-z and 2-7, unique in its file.
	ID string `yaml:"id"`
	// Hash of the secret: "sha256:" and 64 hexadecimal digits.
	Hash string `yaml:"hash"`
	// Tenant whose data the key opens: 1 to 64 characters of A-Z, a-z, 0-9,
	// ".", "_" and "-".
	Tenant string `yaml:"tenant"`
	// Subject is who uses the key; the same characters as Tenant.
	Subject string `yaml:"subject"`
	// CreatedAt is when the key was made.
	CreatedAt time.Time `yaml:"created_at"`
	// ExpiresAt is the first moment at which the key is refused; zero for
	// never.
	ExpiresAt time.Time `yaml:"expires_at,omitempty"`
	// Description is a note for people; it may be empty.
	Description string `yaml:"description,omitempty"`
}

// Generate makes a key that is valid from now until expiresAt, or for ever
// when that is zero. The text is the only copy of the secret: show it once and
// keep the Key.
func Generate(tenant, subject string, now, expiresAt time.Time) (text string, key Key, err error) {
	if !expiresAt.IsZero() && !expiresAt.After(now) {
		return "", Key{}, fmt.Errorf("expiry %s is not in the future: choose a later one",
			expiresAt.Format(time.RFC3339))
	}
	secret := randomText(secretLength)
	key = Key{
		ID:        randomText(idLength),
		Hash:      hashPrefix + hashOf(secret).String(),
		Tenant:    tenant,
		Subject:   subject,
		CreatedAt: now.UTC().Truncate(time.Second),
	}
	if !expiresAt.IsZero() {
		key.ExpiresAt = expiresAt.UTC()
	}
	if err := key.validate(); err != nil {
		return "", Key{}, err
	}
	return prefix + key.ID + "_" + secret, key, nil
}

// Expired reports whether the key is refused at now.
func (k Key) Expired(now time.Time) bool {
	return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt)
}

func (k Key) validate() error {
	if len(k.ID) != idLength || !isBase32(k.ID) {
		return fmt.Errorf("id %q is not %d characters of a-z and 2-7", k.ID, idLength)
	}
	if _, err := parseHash(k.Hash); err != nil {
		return fmt.Errorf("key %s: %w", k.ID, err)
	}
	if !isName(k.Tenant) {
		return fmt.Errorf("key %s: tenant %q is not %s", k.ID, k.Tenant, nameRule)
	}
	if !isName(k.Subject) {
		return fmt.Errorf("key %s: subject %q is not %s", k.ID, k.Subject, nameRule)
	}
	return nil
}

const nameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

const nameRule = `1 to 64 characters of A-Z, a-z, 0-9, ".", "_" and "-"`

// isName reports whether s can be a tenant or a subject.
func isName(s string) bool {
	return len(s) >= 1 && len(s) <= 64 && strings.Trim(s, nameCharacters) == ""
}

func isBase32(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// randomText returns n characters of 5 random bits each.
func randomText(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return strings.ToLower(b.String()[:n])
}

type digest [sha256.Size]byte

func hashOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

func (d digest) String() string { return hex.EncodeToString(d[:]) }

func parseHash(text string) (digest, error) {
	var d digest
	digits, ok := strings.CutPrefix(text, hashPrefix)
	if !ok || len(digits) != 2*len(d) {
		return d, fmt.Errorf("hash is not %q and %d hexadecimal digits", hashPrefix, 2*len(d))
	}
	if _, err := hex.Decode(d[:], []byte(digits)); err != nil {
		return d, fmt.Errorf("hash: %w", err)
	}
	return d, nil
}
