package auth_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// keysTest is a keys file under a server's eyes, on a clock of its own.
type keysTest struct {
	path    string
	keys    *auth.Credentials
	logs    *observer.ObservedLogs
	changed func() []string
	// stays is a key that is in the file from the beginning.
	stays string
}

func withKeys(t *testing.T, test func(t *testing.T, k keysTest)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := keysTest{path: filepath.Join(t.TempDir(), "keys.yaml")}
		k.stays = newKey(t, k.path, "stays", time.Time{})
		core, logs := observer.New(zap.InfoLevel)
		record, changed := recorder()
		k.keys = opened(t, auth.Config{KeysFile: k.path}, auth.Options{Logger: zap.New(core), Changed: record})
		k.logs, k.changed = logs, changed
		test(t, k)
	})
}

// recorder notes what an audit log would be told.
func recorder() (record func(setting, detail string), all func() []string) {
	var mu sync.Mutex
	var seen []string
	return func(setting, detail string) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, setting+": "+detail)
		}, func() []string {
			mu.Lock()
			defer mu.Unlock()
			return append([]string(nil), seen...)
		}
}

// call authenticates a call with a bearer token.
func call(t *testing.T, a auth.Authenticator, token string) (principal.Principal, error) {
	t.Helper()
	return a.Authenticate(incoming(t.Context(), token))
}

func incoming(ctx context.Context, token string) context.Context {
	return metadata.NewIncomingContext(ctx, metadata.Pairs("authorization", "Bearer "+token))
}

// reasonFor returns why text is refused, "" when it is not.
func (k keysTest) reasonFor(t *testing.T, text string) problem.Reason {
	t.Helper()
	_, err := call(t, k.keys, text)
	return problem.ReasonOf(err)
}

// revokedFor returns the context that ends with the key.
func (k keysTest) revokedFor(t *testing.T, text string) context.Context {
	t.Helper()
	p, err := call(t, k.keys, text)
	require.NoError(t, err)
	require.NoError(t, p.Revoked.Err())
	return p.Revoked
}

func settle() {
	<-time.After(time.Second)
	synctest.Wait()
}

func TestNewKeyWorksWithinASecond(t *testing.T) {
	withKeys(t, func(t *testing.T, k keysTest) {
		added := newKey(t, k.path, "added", time.Time{})
		settle()
		require.Empty(t, k.reasonFor(t, added))
		require.Empty(t, k.reasonFor(t, k.stays))
		require.Equal(t, []string{"auth.keys_file: added " + added[4:16]}, k.changed())
	})
}

func TestRevokedKeyEndsItsStreamsWithinASecondWithoutAnyCall(t *testing.T) {
	withKeys(t, func(t *testing.T, k keysTest) {
		other := newKey(t, k.path, "other", time.Time{})
		settle()
		revoked, stays := k.revokedFor(t, other), k.revokedFor(t, k.stays)
		require.Same(t, revoked, k.revokedFor(t, other), "all streams of a key share one context")
		require.NotSame(t, revoked, stays)

		require.NoError(t, apikey.Update(k.path, func(set *apikey.Set) error { return set.Revoke(other[4:16]) }))
		settle()
		require.Equal(t, problem.CredentialsRevoked, problem.ReasonOf(context.Cause(revoked)))
		require.NoError(t, stays.Err())
		require.Equal(t, problem.CredentialsInvalid, k.reasonFor(t, other))
		require.Equal(t, "auth.keys_file: removed "+other[4:16], k.changed()[1])
	})
}

func TestChangedKeyRevokesUnlessOnlyItsNoteChanged(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*apikey.Key)
		revokes bool
	}{
		{"description", func(k *apikey.Key) { k.Description = "new" }, false},
		{"the same expiry in another zone", func(k *apikey.Key) { k.ExpiresAt = k.ExpiresAt.In(time.FixedZone("", 7200)) }, false},
		{"scopes", func(k *apikey.Key) { k.Scopes = []principal.Scope{principal.FilesRead} }, true},
		{"grants", func(k *apikey.Key) { k.Allow = principal.Grants{} }, true},
		{"tenant", func(k *apikey.Key) { k.Tenant = "other" }, true},
		{"subject", func(k *apikey.Key) { k.Subject = "other" }, true},
		{"expiry", func(k *apikey.Key) { k.ExpiresAt = k.ExpiresAt.Add(time.Hour) }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			withKeys(t, func(t *testing.T, k keysTest) {
				expiring := newKey(t, k.path, "expiring", time.Now().Add(time.Hour))
				settle()
				revoked := k.revokedFor(t, expiring)
				require.NoError(t, apikey.Update(k.path, func(set *apikey.Set) error {
					changed := set.Keys()[1]
					test.change(&changed)
					require.NoError(t, set.Revoke(changed.ID))
					return set.Add(changed)
				}))
				settle()
				require.Equal(t, test.revokes, revoked.Err() != nil)
				p, err := call(t, k.keys, expiring)
				require.NoError(t, err)
				require.NoError(t, p.Revoked.Err(), "the key goes on with what it means now")
			})
		})
	}
}

func TestKeysBehindALinkAreReloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		link := filepath.Join(folder, "keys.yaml")
		old := newKey(t, filepath.Join(folder, "v1"), "s", time.Time{})
		current := newKey(t, filepath.Join(folder, "v2"), "s", time.Time{})
		require.NoError(t, os.Symlink("v1", link))
		k := keysTest{keys: openKeys(t, link)}
		require.Empty(t, k.reasonFor(t, old))

		require.NoError(t, os.Symlink("v2", link+".new"))
		require.NoError(t, os.Rename(link+".new", link))
		settle()
		require.Empty(t, k.reasonFor(t, current))
		require.Equal(t, problem.CredentialsInvalid, k.reasonFor(t, old))
	})
}

func TestBrokenFileKeepsTheKeysAndIsLoggedOnce(t *testing.T) {
	tests := []struct {
		name      string
		breakFile func(path string) error
	}{
		{"not valid", func(path string) error { return os.WriteFile(path, []byte("keys: [{}]"), 0o600) }},
		{"gone", os.Remove},
		{"emptied", func(path string) error { return os.Truncate(path, 0) }},
		{"writable for all", func(path string) error { return os.Chmod(path, 0o666) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			withKeys(t, func(t *testing.T, k keysTest) {
				revoked := k.revokedFor(t, k.stays)
				require.NoError(t, test.breakFile(k.path))
				for range 3 {
					settle()
					require.Empty(t, k.reasonFor(t, k.stays))
				}
				require.Equal(t, 1, k.logs.FilterLevelExact(zap.ErrorLevel).Len())
				require.NoError(t, revoked.Err())
				require.Empty(t, k.changed())

				require.NoError(t, apikey.Save(k.path, &apikey.Set{}))
				settle()
				require.Equal(t, problem.CredentialsInvalid, k.reasonFor(t, k.stays), "the mended file holds")
				require.Error(t, revoked.Err())
			})
		})
	}
}

func TestUnchangedFileIsNotReadAgain(t *testing.T) {
	withKeys(t, func(t *testing.T, k keysTest) {
		for range 3 {
			settle()
			require.Empty(t, k.reasonFor(t, k.stays))
		}
		require.Zero(t, k.logs.Len())
	})
}

func TestCloseRevokesNobody(t *testing.T) {
	withKeys(t, func(t *testing.T, k keysTest) {
		revoked := k.revokedFor(t, k.stays)
		k.keys.Close()
		require.NoError(t, os.Remove(k.path))
		settle()
		require.NoError(t, revoked.Err())
		require.Zero(t, k.logs.Len(), "nobody looks at the file any more")
	})
}

func TestOpenRefusesAMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	for _, cfg := range []auth.Config{{KeysFile: path}, {CertificatesFile: path}, {JWT: jwtConfig(auth.JWT{JWKSFile: path})}} {
		_, err := cfg.Open(t.Context(), auth.Options{Logger: zap.NewNop()})
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, "auth.")
	}
}
