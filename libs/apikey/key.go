package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/principal"
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
	// Scopes are what the key may do: at least one.
	Scopes []principal.Scope `yaml:"scopes,flow"`
	// Allow narrows what it may do it to; the zero value narrows nothing.
	Allow principal.Grants `yaml:"allow,omitempty"`
	// CreatedAt is when the key was made.
	CreatedAt time.Time `yaml:"created_at"`
	// ExpiresAt is the first moment at which the key is refused; zero for
	// never.
	ExpiresAt time.Time `yaml:"expires_at,omitempty"`
	// Description is a note for people; it may be empty.
	Description string `yaml:"description,omitempty"`
}

// Generate makes a key for the Tenant, Subject, Scopes, Allow, ExpiresAt and
// Description of the one given, valid from now on. The text is the only copy of
// the secret: show it once and keep the Key that is returned.
func Generate(key Key, now time.Time) (text string, kept Key, err error) {
	if !key.ExpiresAt.IsZero() && !key.ExpiresAt.After(now) {
		return "", Key{}, fmt.Errorf("expiry %s is not in the future: choose a later one",
			key.ExpiresAt.Format(time.RFC3339))
	}
	secret := randomText(secretLength)
	key.ID = randomText(idLength)
	key.Hash = hashPrefix + hashOf(secret).String()
	key.CreatedAt = now.UTC().Truncate(time.Second)
	if !key.ExpiresAt.IsZero() {
		key.ExpiresAt = key.ExpiresAt.UTC()
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
	if err := CheckName("tenant", k.Tenant); err != nil {
		return fmt.Errorf("key %s: %w", k.ID, err)
	}
	if err := CheckName("subject", k.Subject); err != nil {
		return fmt.Errorf("key %s: %w", k.ID, err)
	}
	if err := CheckRights(k.Scopes, k.Allow); err != nil {
		return fmt.Errorf("key %s: %w", k.ID, err)
	}
	return nil
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
