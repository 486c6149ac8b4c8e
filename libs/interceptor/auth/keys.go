package auth

import (
	"errors"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// keys authenticates by the API keys of a file. Safe for concurrent use but for
// load.
type keys struct {
	path string
	ring atomic.Pointer[keyring]
}

// keyring is one state of the file.
type keyring struct {
	set *apikey.Set
	// held has every key of the set by its id.
	held map[string]heldKey
}

type heldKey struct {
	key     apikey.Key
	revoked *revocation
}

func (k *keys) authenticate(text string, now time.Time) (principal.Principal, error) {
	ring := k.ring.Load()
	key, err := ring.set.Verify(text, now)
	if err != nil {
		return principal.Principal{}, refusedKey(err)
	}
	return principal.Principal{
		Tenant: key.Tenant, Subject: key.Subject, Credential: "key:" + key.ID,
		Scopes: key.Scopes, Grants: key.Allow, ExpiresAt: key.ExpiresAt,
		Revoked: ring.held[key.ID].revoked.ctx,
	}, nil
}

func refusedKey(err error) error {
	switch {
	case errors.Is(err, apikey.ErrMalformed):
		return problem.New(problem.CredentialsInvalid, "%s", apikey.ErrMalformed)
	case errors.Is(err, apikey.ErrExpired):
		return problem.Because(problem.CredentialsExpired, err, `the API key has expired: make a new one with "sluice keys create"`)
	default:
		return problem.Because(problem.CredentialsInvalid, err, "the API key is unknown or was revoked")
	}
}

// load reads the file and revokes the keys that are gone or changed.
func (k *keys) load() (string, error) {
	set, err := apikey.Load(k.path)
	if err != nil {
		return "", err
	}
	old := k.ring.Load()
	if old == nil {
		old = &keyring{}
	}
	next, what := old.follow(set)
	// Who is told of a revocation must not get in again by the old keys.
	k.ring.Store(next)
	for id, held := range old.held {
		if next.held[id].revoked != held.revoked {
			held.revoked.end()
		}
	}
	return what.String(), nil
}

// follow returns the state after r, in which keys that are the same keep their
// revocation.
func (r *keyring) follow(set *apikey.Set) (*keyring, changes) {
	var what changes
	next := &keyring{set: set, held: make(map[string]heldKey)}
	for _, key := range set.Keys() {
		held, there := r.held[key.ID]
		switch {
		case !there:
			what.added = append(what.added, key.ID)
			held.revoked = newRevocation()
		case !sameKey(held.key, key):
			what.changed = append(what.changed, key.ID)
			held.revoked = newRevocation()
		}
		next.held[key.ID] = heldKey{key: key, revoked: held.revoked}
	}
	what.removed = missing(r.set, next.held)
	return next, what
}

func missing(old *apikey.Set, held map[string]heldKey) []string {
	if old == nil {
		return nil
	}
	var ids []string
	for _, key := range old.Keys() {
		if _, there := held[key.ID]; !there {
			ids = append(ids, key.ID)
		}
	}
	return ids
}

// sameKey tells whether two keys are one to those who use them. Notes may
// differ, and the zone in which a time is written.
func sameKey(a, b apikey.Key) bool {
	if !a.ExpiresAt.Equal(b.ExpiresAt) {
		return false
	}
	a.ExpiresAt, a.CreatedAt, a.Description = b.ExpiresAt, b.CreatedAt, b.Description
	return reflect.DeepEqual(a, b)
}
