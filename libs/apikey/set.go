package apikey

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Why [Set.Verify] refuses a key.
var (
	// ErrMalformed means that the text is not slk_<id>_<secret>.
	ErrMalformed = errors.New("not an API key: the form is slk_<id>_<secret>")
	// ErrUnknown means that no key has this id and secret: it never existed or
	// was revoked.
	ErrUnknown = errors.New("unknown API key")
	// ErrExpired means that the key was good once.
	ErrExpired = errors.New("expired API key")
)

// ErrNoSuchKey is what [Set.Revoke] returns for an id that is not in the set.
var ErrNoSuchKey = errors.New("no such key")

// Set is the keys of a file. The zero Set is empty and ready for use. Reading
// it is safe for concurrent use; changing it is not.
type Set struct {
	keys []Key
	byID map[string]entry
}

type entry struct {
	key  Key
	hash digest
}

// Keys returns a copy of the keys, in the order they were added.
func (s *Set) Keys() []Key { return slices.Clone(s.keys) }

// Add takes key into the set. It refuses an invalid key and an id that is
// there already.
func (s *Set) Add(key Key) error {
	if err := key.validate(); err != nil {
		return err
	}
	if _, exists := s.byID[key.ID]; exists {
		return fmt.Errorf("key %s is there twice: remove one", key.ID)
	}
	hash, err := parseHash(key.Hash)
	if err != nil {
		return err
	}
	if s.byID == nil {
		s.byID = make(map[string]entry)
	}
	s.keys = append(s.keys, key)
	s.byID[key.ID] = entry{key, hash}
	return nil
}

// Revoke removes the key with this id, or returns [ErrNoSuchKey].
func (s *Set) Revoke(id string) error {
	if _, exists := s.byID[id]; !exists {
		return fmt.Errorf("%w: %q; list the keys to see their ids", ErrNoSuchKey, id)
	}
	s.keys = slices.DeleteFunc(s.keys, func(k Key) bool { return k.ID == id })
	delete(s.byID, id)
	return nil
}

// Verify returns the key whose text this is. Otherwise it returns
// [ErrMalformed], [ErrUnknown] or [ErrExpired], the latter two with the key's
// id in the text. It hashes and compares whether or not the id is known, and
// tells of an expiry only to who has the secret.
func (s *Set) Verify(text string, now time.Time) (Key, error) {
	id, secret, ok := split(text)
	if !ok {
		return Key{}, ErrMalformed
	}
	got := hashOf(secret)
	found, known := s.byID[id]
	same := subtle.ConstantTimeCompare(got[:], found.hash[:]) == 1
	if !known || !same {
		return Key{}, fmt.Errorf("%w: id %s", ErrUnknown, id)
	}
	if found.key.Expired(now) {
		return Key{}, fmt.Errorf("%w: id %s, expired at %s",
			ErrExpired, id, found.key.ExpiresAt.Format(time.RFC3339))
	}
	return found.key, nil
}

func split(text string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || len(rest) != idLength+1+secretLength || rest[idLength] != '_' {
		return "", "", false
	}
	id, secret = rest[:idLength], rest[idLength+1:]
	return id, secret, isBase32(id) && isBase32(secret)
}
