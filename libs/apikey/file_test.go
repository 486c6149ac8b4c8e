package apikey_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
)

func TestSavedKeysLoadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	_, forever := generate(t, time.Time{})
	_, expiring := generate(t, now.Add(time.Hour))
	expiring.Description = "nightly: backup"
	require.NoError(t, apikey.Save(path, setOf(t, forever, expiring)))

	set, err := apikey.Load(path)
	require.NoError(t, err)
	require.Equal(t, []apikey.Key{forever, expiring}, set.Keys())

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(data), "expires_at"), "no expiry is no field")
}

func TestSaveLeavesNothingBeside(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, apikey.Save(filepath.Join(folder, "keys.yaml"), &apikey.Set{}))
	require.Equal(t, []string{"keys.yaml"}, names(t, folder))

	blocked := filepath.Join(folder, "folder")
	require.NoError(t, os.MkdirAll(filepath.Join(blocked, "x"), 0o700))
	require.Error(t, apikey.Save(blocked, &apikey.Set{}), "a folder cannot be replaced")
	require.Equal(t, []string{"folder", "keys.yaml"}, names(t, folder))
}

func TestSaveKeepsOwnerAndMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(path, &apikey.Set{}))
	require.NoError(t, os.Chmod(path, 0o640))
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 { // Only root gives files away.
		uid, gid = 1234, 2345
		require.NoError(t, os.Chown(path, uid, gid))
	}
	require.NoError(t, apikey.Update(path, func(*apikey.Set) error { return nil }))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), info.Mode().Perm())
	stat := info.Sys().(*syscall.Stat_t)
	require.Equal(t, []int{uid, gid}, []int{int(stat.Uid), int(stat.Gid)})
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestLoadRefuses(t *testing.T) {
	entry := func(id, hash, more string) string {
		return fmt.Sprintf("  - id: %s\n    hash: %s\n    tenant: t\n    subject: s\n    created_at: 2026-03-01T12:00:00Z\n    scopes: [all]\n%s",
			id, hash, more)
	}
	good := "sha256:" + strings.Repeat("0a", 32)
	tests := []struct {
		name string
		text string
		want []string
	}{
		{"unknown field", "keys:\n" + entry("aaaaaaaaaaaa", good, "    role: root\n"), []string{"line 8", "role"}},
		{"unknown top field", "users: []\n", []string{"line 1", "users"}},
		{"twice the same id", "keys:\n" + entry("aaaaaaaaaaaa", good, "") + entry("aaaaaaaaaaaa", good, ""), []string{"line 8", "aaaaaaaaaaaa", "twice"}},
		{"bad id", "keys:\n" + entry("AAA", good, ""), []string{"line 2", "AAA"}},
		{"other hash", "keys:\n" + entry("aaaaaaaaaaaa", "md5:00", ""), []string{"line 2", "aaaaaaaaaaaa", "hash"}},
		{"hash that is not hexadecimal", "keys:\n" + entry("aaaaaaaaaaaa", "sha256:"+strings.Repeat("zz", 32), ""), []string{"aaaaaaaaaaaa", "hash"}},
		{"bad time", "keys:\n" + entry("aaaaaaaaaaaa", good, "    expires_at: soon\n"), []string{"soon"}},
		{"no scopes", "keys:\n" + strings.Replace(entry("aaaaaaaaaaaa", good, ""), "[all]", "[]", 1), []string{"line 2", "aaaaaaaaaaaa", "[files:write]", "[all]"}},
		{"unknown scope", "keys:\n" + strings.Replace(entry("aaaaaaaaaaaa", good, ""), "all", "points.write", 1), []string{"line 2", "did you mean points:write?"}},
		{"unknown grant", "keys:\n" + entry("aaaaaaaaaaaa", good, "    allow: {file: [x]}\n"), []string{"line 8", "file"}},
		{"two documents", "keys: []\n---\nkeys: []\n", []string{"more after the first document"}},
		{"not YAML", "keys: [", []string{"line 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.yaml")
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
			_, err := apikey.Load(path)
			require.ErrorContains(t, err, path)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestLoadTakesAnEmptyFileAndRefusesAMissingOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	_, err := apikey.Load(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	set, err := apikey.Load(path)
	require.NoError(t, err)
	require.Empty(t, set.Keys())
}

func TestLoadRefusesAFileThatOthersMayWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(path, &apikey.Set{}))
	for _, mode := range []os.FileMode{0o620, 0o602} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := apikey.Load(path)
		require.ErrorContains(t, err, "chmod go-w")
	}
}

func TestUpdateSavesNothingWhenTheChangeFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	_, key := generate(t, time.Time{})
	refused := errors.New("refused")
	err := apikey.Update(path, func(set *apikey.Set) error {
		return errors.Join(set.Add(key), refused)
	})
	require.ErrorIs(t, err, refused)
	require.NoFileExists(t, path)
}

// addEnv names the keys file to a child process that adds keys to it.
const addEnv = "APIKEY_TEST_ADD_TO"

const keysPerProcess = 20

func TestMain(m *testing.M) {
	if path := os.Getenv(addEnv); path != "" {
		addKeys(path)
		return
	}
	os.Exit(m.Run())
}

func addKeys(path string) {
	for range keysPerProcess {
		_, key, err := apikey.Generate(apikey.Key{Tenant: "t", Subject: "s", Scopes: []principal.Scope{principal.All}}, now)
		if err == nil {
			err = apikey.Update(path, func(set *apikey.Set) error { return set.Add(key) })
		}
		if err != nil {
			panic(err)
		}
	}
}

func TestProcessesThatAddAtOnceLoseNoKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	self, err := os.Executable()
	require.NoError(t, err)
	processes := make([]*exec.Cmd, 4)
	for i := range processes {
		processes[i] = exec.CommandContext(t.Context(), self)
		processes[i].Env = append(os.Environ(), addEnv+"="+path)
		processes[i].Stderr = os.Stderr
		require.NoError(t, processes[i].Start())
	}
	for _, process := range processes {
		require.NoError(t, process.Wait())
	}
	set, err := apikey.Load(path)
	require.NoError(t, err)
	require.Len(t, set.Keys(), len(processes)*keysPerProcess)
}
