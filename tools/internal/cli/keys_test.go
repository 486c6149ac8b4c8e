package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
)

func TestKeysCreatePrintsTheKeyOnceAndKeepsItsHash(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	got := sluice(t, "keys", "create", "--file", file, "--tenant", "acme", "--subject", "backup", "--scopes", "all", "--expires", "90d")
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
	require.Equal(t, `KEY ID        TENANT  SUBJECT  SCOPES       ALLOW  CREATED              EXPIRES              DESCRIPTION
`+created["id"].(string)+`  acme    backup   files:write         2026-11-22 12:00:00  2026-11-22 13:00:00  
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

func TestKeysCreateKeepsScopesAndGrants(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	got := sluice(t, "keys", "create", "--file", file, "--tenant", "acme", "--subject", "backup",
		"--scopes", "files:write, points:read", "--scopes", "logs:read",
		"--allow-files", "backup-*", "--allow-files", "a, b", "--allow-sources", "web", "--allow-applications", "shop*")
	require.Equal(t, 0, got.code, got.stderr)
	set, err := apikey.Load(file)
	require.NoError(t, err)
	key := set.Keys()[0]
	require.Equal(t, []principal.Scope{principal.FilesWrite, principal.PointsRead, principal.LogsRead}, key.Scopes)
	require.Equal(t, principal.Grants{
		Files: principal.Patterns{"backup-*", "a, b"}, Sources: principal.Patterns{"web"}, Applications: principal.Patterns{"shop*"},
	}, key.Allow)

	list := sluice(t, "keys", "list", "--file", file)
	require.Contains(t, list.stdout, "files:write,points:read,logs:read  files: backup-* a, b; sources: web; applications: shop*")
	objects := sluice(t, "keys", "list", "--json", "--file", file).objects(t)
	require.Equal(t, []any{"files:write", "points:read", "logs:read"}, objects[0]["scopes"])
	require.Equal(t, map[string]any{
		"files": []any{"backup-*", "a, b"}, "sources": []any{"web"}, "applications": []any{"shop*"},
	}, objects[0]["allow"])
}

func TestKeysCreateRefuses(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"no scopes":       {nil, "sluice: give --scopes\n"},
		"a bad tenant":    {[]string{"--scopes", "all", "--tenant", "a b"}, `sluice: --tenant "a b" is not 1 to 64 characters`},
		"a bad subject":   {[]string{"--scopes", "all", "--subject", "a/b"}, `sluice: --subject "a/b" is not 1 to 64 characters`},
		"no lifetime":     {[]string{"--scopes", "all", "--expires", "soon"}, `sluice: --expires: "soon" is no time; write one such as 90d`},
		"empty scopes":    {[]string{"--scopes", ""}, "give --scopes"},
		"a mistyped one":  {[]string{"--scopes", "file:write"}, `sluice: --scopes: there is no scope "file:write"; did you mean files:write?`},
		"an unknown one":  {[]string{"--scopes", "everything-at-once"}, "the scopes are all, files:write"},
		"one twice":       {[]string{"--scopes", "files:read,files:read"}, "twice"},
		"an open middle":  {[]string{"--scopes", "all", "--allow-files", "a*b"}, "sluice: --allow-files: "},
		"an empty source": {[]string{"--scopes", "all", "--allow-sources", ""}, "a pattern is empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "keys.yaml")
			got := sluice(t, append([]string{"keys", "create", "--file", file, "--tenant", "acme", "--subject", "backup"}, test.args...)...)
			require.Equal(t, 2, got.code)
			require.Contains(t, got.stderr, test.want)
			require.NoFileExists(t, file)
		})
	}
}

func TestKeysCreateNamesWhatIsMissing(t *testing.T) {
	got := sluice(t, "keys", "create")
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "sluice: give --scopes, --subject and --tenant\n")

	folder := filepath.Join(t.TempDir(), "etc")
	got = sluice(t, "keys", "create", "--tenant", "acme", "--subject", "backup", "--scopes", "all", "--file", filepath.Join(folder, "keys.yaml"))
	require.Equal(t, 1, got.code)
	require.Equal(t, "sluice: there is no folder "+folder+"; make it, or give the file of keys with --file\n", got.stderr)
}

func TestScopesAreCompleted(t *testing.T) {
	got := sluice(t, "__complete", "keys", "create", "--scopes", "files:write,files:")
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, "files:write,files:read\nfiles:write,files:delete\nfiles:write,files:quarantine\n", got.stdout[:strings.LastIndexByte(got.stdout, ':')])
}

// create makes a key and returns what --json prints of it.
func create(t *testing.T, file string, args ...string) map[string]any {
	t.Helper()
	got := sluice(t, append([]string{"keys", "create", "--json", "--file", file, "--tenant", "acme", "--subject", "backup", "--scopes", "files:write"}, args...)...)
	require.Equal(t, 0, got.code, got.stderr)
	return got.objects(t)[0]
}
