package auth

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// checkInterval is how long a change of the keys file can go unseen.
const checkInterval = time.Second

// Keys authenticates by the API keys of a file: the call's metadata has
// "authorization: Bearer slk_<id>_<secret>".
//
// A change of the file, in place or by rename, holds for calls that start a
// second later or more. A file that is gone or broken changes nothing: the keys
// stay as they were, and the log has an error.
type Keys struct {
	path string
	log  *zap.Logger

	set   atomic.Pointer[apikey.Set]
	dueAt atomic.Int64 // The next look at the file, in Unix nanoseconds.

	mu     sync.Mutex // Guards what follows; held while the file is read.
	loaded version    // What was read last, good or bad.
	absent bool       // The last look found no file, and the log has it.
}

// OpenKeys reads the file at path, which must be there and valid.
func OpenKeys(path string, log *zap.Logger) (*Keys, error) {
	k := &Keys{path: path, log: log}
	loaded, err := versionOf(path)
	if err != nil {
		return nil, err
	}
	set, err := apikey.Load(path)
	if err != nil {
		return nil, err
	}
	k.loaded = loaded
	k.set.Store(set)
	k.dueAt.Store(time.Now().Add(checkInterval).UnixNano())
	return k, nil
}

// Authenticate returns the tenant and subject of the key that the call carries.
func (k *Keys) Authenticate(ctx context.Context) (principal.Principal, error) {
	text, err := bearer(ctx)
	if err != nil {
		return principal.Principal{}, err
	}
	now := time.Now()
	k.refresh(now)
	key, err := k.set.Load().Verify(text, now)
	if err != nil {
		return principal.Principal{}, refusal(err)
	}
	return principal.Principal{Tenant: key.Tenant, Subject: key.Subject, ExpiresAt: key.ExpiresAt}, nil
}

func refusal(err error) error {
	switch {
	case errors.Is(err, apikey.ErrMalformed):
		return problem.New(problem.CredentialsInvalid, "%s", apikey.ErrMalformed)
	case errors.Is(err, apikey.ErrExpired):
		return problem.Because(problem.CredentialsExpired, err, `the API key has expired: make a new one with "sluice keys create"`)
	default:
		return problem.Because(problem.CredentialsInvalid, err, "the API key is unknown or was revoked")
	}
}

// refresh reads the file again when it has changed. Calls wait for the one
// that reads, so that none goes by keys that are older than the interval.
func (k *Keys) refresh(now time.Time) {
	if now.UnixNano() < k.dueAt.Load() {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.UnixNano() < k.dueAt.Load() {
		return // Another call was quicker.
	}
	k.reload()
	k.dueAt.Store(now.Add(checkInterval).UnixNano())
}

// reload reads the file if it is not the one that was read last.
func (k *Keys) reload() {
	current, err := versionOf(k.path)
	if err != nil {
		if !k.absent {
			k.log.Error("keys file cannot be read; the keys stay as they were", zap.Error(err))
		}
		k.absent = true
		return
	}
	k.absent = false
	if current.same(k.loaded) {
		return
	}
	k.loaded = current
	set, err := apikey.Load(k.path)
	if err != nil {
		k.log.Error("new keys file is not valid; the keys stay as they were", zap.Error(err))
		return
	}
	k.set.Store(set)
	k.log.Info("keys file reloaded", zap.Int("keys", len(set.Keys())))
}
