package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/MicahParks/jwkset"

	"github.com/sluice-ingest/sluice/libs/trustfile"
)

const (
	// maxSetBytes bounds a JSON Web Key Set.
	maxSetBytes  = 256 << 10
	leastRSABits = 2048
)

// keySet is an issuer's keys: the public ones for signatures with the
// algorithms that are taken. Safe for concurrent use; replace by one at a time.
type keySet struct {
	*jwkset.MemoryJWKSet

	algorithms []string
}

func newKeySet(algorithms []string) *keySet {
	return &keySet{MemoryJWKSet: jwkset.NewMemoryStorage(), algorithms: algorithms}
}

// KeyReadAll is asked about tokens that name no key. Trying several would let
// anybody make the server check many signatures for one call.
func (s *keySet) KeyReadAll(ctx context.Context) ([]jwkset.JWK, error) {
	all, err := s.MemoryJWKSet.KeyReadAll(ctx)
	if len(all) > 1 {
		return nil, errKeyID
	}
	return all, err
}

func (s *keySet) loadFile(path string) (string, error) {
	data, err := trustfile.Read(path)
	if err != nil {
		return "", err
	}
	what, err := s.replace(data)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return what.String(), nil
}

// replace takes the keys of a JSON Web Key Set. It fails and keeps the old ones
// when not one of the new can be used.
func (s *keySet) replace(data []byte) (changes, error) {
	var document struct {
		Keys []jwkset.JWKMarshal `json:"keys"`
	}
	if len(data) > maxSetBytes {
		return changes{}, fmt.Errorf("the key set has more than %d KiB: is it the right one?", maxSetBytes>>10)
	}
	if err := json.Unmarshal(data, &document); err != nil {
		return changes{}, fmt.Errorf("this is no JSON Web Key Set: %w", err)
	}
	var usable []jwkset.JWK
	for i := range document.Keys {
		if key, ok := s.usable(document.Keys[i]); ok {
			usable = append(usable, key)
		}
	}
	if len(usable) == 0 {
		return changes{}, fmt.Errorf("none of the %d keys of the set is a public key for signatures with %s",
			len(document.Keys), strings.Join(s.algorithms, ", "))
	}
	ctx := context.Background() // The memory does not wait.
	old, err := s.MemoryJWKSet.KeyReadAll(ctx)
	if err != nil {
		return changes{}, err
	}
	return differences(old, usable), s.KeyReplaceAll(ctx, usable)
}

// usable returns the key if it is one to check signatures with.
func (s *keySet) usable(marshal jwkset.JWKMarshal) (jwkset.JWK, bool) {
	if marshal.USE != "" && marshal.USE != jwkset.UseSig {
		return jwkset.JWK{}, false
	}
	if len(marshal.KEYOPS) > 0 && !slices.Contains(marshal.KEYOPS, jwkset.KeyOpsVerify) {
		return jwkset.JWK{}, false
	}
	if marshal.ALG != "" && !slices.Contains(s.algorithms, marshal.ALG.String()) {
		return jwkset.JWK{}, false
	}
	// The key counts, not a certificate beside it, and nothing is fetched for it.
	marshal.X5U, marshal.X5C, marshal.X5T, marshal.X5TS256 = "", nil, "", ""
	key, err := jwkset.NewJWKFromMarshal(marshal, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	return key, err == nil && isVerifying(key.Key())
}

// isVerifying tells whether a key is public and strong enough.
func isVerifying(key any) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= leastRSABits
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	default:
		return false
	}
}

func differences(old, next []jwkset.JWK) changes {
	var what changes
	for _, key := range next {
		switch i := indexOf(old, key); {
		case i < 0:
			what.added = append(what.added, nameOf(key))
		case !reflect.DeepEqual(old[i].Marshal(), key.Marshal()):
			what.changed = append(what.changed, nameOf(key))
		}
	}
	for _, key := range old {
		if indexOf(next, key) < 0 {
			what.removed = append(what.removed, nameOf(key))
		}
	}
	return what
}

func indexOf(keys []jwkset.JWK, wanted jwkset.JWK) int {
	return slices.IndexFunc(keys, func(key jwkset.JWK) bool { return key.Marshal().KID == wanted.Marshal().KID })
}

// nameOf quotes the id, which is another's text.
func nameOf(key jwkset.JWK) string { return strconv.Quote(key.Marshal().KID) }
