package auth_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// keysTest is a keys file under a server's eyes, on a clock of its own.
type keysTest struct {
	path string
	keys *auth.Keys
	logs *observer.ObservedLogs
	// stays is a key that is in the file from the beginning.
	stays string
}

func withKeys(t *testing.T, test func(t *testing.T, k keysTest)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := keysTest{path: filepath.Join(t.TempDir(), "keys.yaml")}
		k.stays = newKey(t, k.path, "stays", time.Time{})
		core, logs := observer.New(zap.InfoLevel)
		keys, err := auth.OpenKeys(k.path, zap.New(core))
		require.NoError(t, err)
		k.keys, k.logs = keys, logs
		test(t, k)
	})
}

// reasonFor returns why text is refused, "" when it is not.
func (k keysTest) reasonFor(t *testing.T, text string) problem.Reason {
	t.Helper()
	_, err := k.keys.Authenticate(metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+text)))
	return problem.ReasonOf(err)
}

func settle() { <-time.After(time.Second) }

func TestNewKeyWorksWithinASecond(t *testing.T) {
	withKeys(t, func(t *testing.T, k keysTest) {
		added := newKey(t, k.path, "added", time.Time{})
		settle()
		require.Empty(t, k.reasonFor(t, added))
		require.Empty(t, k.reasonFor(t, k.stays))
	})
}

func TestRevokedKeyIsRefusedWithinASecond(t *testing.T) {
	withKeys(t, func(t *testing.T, k keysTest) {
		require.Empty(t, k.reasonFor(t, k.stays))
		require.NoError(t, apikey.Update(k.path, func(set *apikey.Set) error { return set.Revoke(set.Keys()[0].ID) }))
		settle()
		require.Equal(t, problem.CredentialsInvalid, k.reasonFor(t, k.stays))
	})
}

func TestKeysBehindALinkAreReloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		link := filepath.Join(folder, "keys.yaml")
		old := newKey(t, filepath.Join(folder, "v1"), "s", time.Time{})
		current := newKey(t, filepath.Join(folder, "v2"), "s", time.Time{})
		require.NoError(t, os.Symlink("v1", link))
		keys, err := auth.OpenKeys(link, zap.NewNop())
		require.NoError(t, err)
		k := keysTest{keys: keys}
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
		{"writable for all", func(path string) error { return os.Chmod(path, 0o666) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			withKeys(t, func(t *testing.T, k keysTest) {
				require.NoError(t, test.breakFile(k.path))
				for range 3 {
					settle()
					require.Empty(t, k.reasonFor(t, k.stays))
				}
				require.Equal(t, 1, k.logs.FilterLevelExact(zap.ErrorLevel).Len())

				require.NoError(t, apikey.Save(k.path, &apikey.Set{}))
				settle()
				require.Equal(t, problem.CredentialsInvalid, k.reasonFor(t, k.stays), "the mended file holds")
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

func TestOpenKeysRefusesAMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	_, err := auth.OpenKeys(path, zap.NewNop())
	require.ErrorContains(t, err, path)
}

func TestConfigChoosesTheAuthenticator(t *testing.T) {
	none, err := auth.Config{}.Authenticator(zap.NewNop())
	require.NoError(t, err)
	require.Equal(t, auth.Anonymous{}, none)

	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(path, &apikey.Set{}))
	keys, err := auth.Config{KeysFile: path}.Authenticator(zap.NewNop())
	require.NoError(t, err)
	_, err = keys.Authenticate(context.Background())
	require.Equal(t, problem.CredentialsMissing, problem.ReasonOf(err))

	nothing, err := auth.Config{KeysFile: path + ".missing"}.Authenticator(zap.NewNop())
	require.Error(t, err)
	require.Nil(t, nothing)
}
