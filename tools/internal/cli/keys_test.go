package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apikey"
)

func TestKeysCreatePrintsTheKeyOnceAndKeepsItsHash(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	got := sluice(t, "keys", "create", "--file", file, "--tenant", "acme", "--subject", "backup", "--expires", "90d")
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stderr, "the only time that the key is shown")
	text := strings.TrimSpace(got.stdout)

	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, string(kept), text[strings.LastIndexByte(text, '_')+1:], "no secret in the file")

	set, err := apikey.Load(file)
	require.NoError(t, err)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	key, err := set.Verify(text, now)
	require.NoError(t, err)
	require.Equal(t, "acme", key.Tenant)
	require.Equal(t, "backup", key.Subject)
	require.Equal(t, now.Add(90*24*time.Hour), key.ExpiresAt)
}

func TestKeysListShowsNoSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	created := create(t, file, "--expires", "1h")
	got := sluice(t, "keys", "list", "--file", file)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `KEY ID        TENANT  SUBJECT  CREATED              EXPIRES              DESCRIPTION
`+created["id"].(string)+`  acme    backup   2026-11-22 12:00:00  2026-11-22 13:00:00  
`, got.stdout)
	for _, list := range []string{got.stdout, sluice(t, "keys", "list", "--json", "--file", file).stdout} {
		require.NotContains(t, list, created["key"])
		require.NotContains(t, list, "sha256:")
	}
}

func TestKeysRevokeIsAllOrNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	first, second := create(t, file)["id"].(string), create(t, file)["id"].(string)

	got := sluice(t, "keys", "revoke", "--file", file, first, "mistyped")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, `no such key: "mistyped"`)
	require.Equal(t, first+"\n"+second+"\n", sluice(t, "keys", "list", "-q", "--file", file).stdout)

	got = sluice(t, "keys", "revoke", "--file", file, first)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, second+"\n", sluice(t, "keys", "list", "-q", "--file", file).stdout)
}

func TestKeysListSaysThatAFileIsNotThere(t *testing.T) {
	got := sluice(t, "keys", "list", "--file", filepath.Join(t.TempDir(), "keys.yaml"))
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "no such file")
}

// create makes a key and returns what --json prints of it.
func create(t *testing.T, file string, args ...string) map[string]any {
	t.Helper()
	got := sluice(t, append([]string{"keys", "create", "--json", "--file", file, "--tenant", "acme", "--subject", "backup"}, args...)...)
	require.Equal(t, 0, got.code, got.stderr)
	return got.objects(t)[0]
}
