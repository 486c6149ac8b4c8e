package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
	"github.com/sluice-ingest/sluice/tools/internal/cli"
)

func TestEncryptionKeysAreMadeRotatedAndDropped(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.json")
	got := sluice(t, "encryption", "create-key", file)
	require.Equal(t, 0, got.code, got.stderr)
	require.Regexp(t, `^created \d+\n$`, got.stdout)
	require.Equal(t, 1, sluice(t, "encryption", "create-key", file).code, "a key is never overwritten")
	require.Equal(t, 0, sluice(t, "encryption", "rotate-key", file).code)

	got = sluice(t, "encryption", "show-key", file)
	require.Equal(t, 0, got.code, got.stderr)
	ids := strings.Fields(sluice(t, "encryption", "show-key", "-q", file).stdout)
	require.Len(t, ids, 2)
	require.Regexp(t, `(?m)^`+ids[0]+` +false +true +`, got.stdout)
	require.Regexp(t, `(?m)^`+ids[1]+` +true +true +`, got.stdout)
	requireNoSecret(t, file, got.stdout+sluice(t, "encryption", "show-key", "--json", file).stdout)

	require.Equal(t, 1, sluice(t, "encryption", "drop-key", "--yes", file, ids[1]).code, "the primary stays")
	require.Equal(t, 2, sluice(t, "encryption", "drop-key", "--yes", file, "x").code)
	got = sluice(t, "encryption", "drop-key", file, ids[0])
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "--yes")
	require.Contains(t, got.stderr, "rewrap` first")
	require.Equal(t, 0, sluice(t, "encryption", "drop-key", "--yes", file, ids[0]).code)
	require.Equal(t, ids[1]+"\n", sluice(t, "encryption", "show-key", "-q", file).stdout)
}

func requireNoSecret(t *testing.T, file, text string) {
	t.Helper()
	var keyset struct {
		Key []struct {
			KeyData struct {
				Value string `json:"value"`
			} `json:"keyData"` //nolint:tagliatelle // Tink names it so
		} `json:"key"`
	}
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &keyset))
	for _, key := range keyset.Key {
		require.NotEmpty(t, key.KeyData.Value)
		require.NotContains(t, text, key.KeyData.Value)
	}
}

func TestRewrapLetsTheOldKeyGo(t *testing.T) {
	dir, file := sealedFolder(t), filepath.Join(t.TempDir(), "key.json")
	require.Equal(t, 0, sluice(t, "encryption", "create-key", file).code)
	require.NoError(t, seal.CheckFolder(t.Context(), openKeys(t, file), dir))
	sealedAt := []string{"parts/a-sealed.part", "blobs/00/b-sealed", "lost/20260101T000000Z.00.c-sealed"}
	for _, name := range sealedAt {
		writeSealed(t, filepath.Join(dir, name), openKeys(t, file))
	}
	require.NoError(t, os.Link(filepath.Join(dir, "blobs/00/b-sealed"), filepath.Join(dir, "blobs/01/copy-sealed")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "parts/new-sealed.part"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blobs/00/plain"), []byte("plain"), 0o600))
	old := strings.TrimSpace(sluice(t, "encryption", "show-key", "-q", file).stdout)
	require.Equal(t, 0, sluice(t, "encryption", "rotate-key", file).code)

	got := sluice(t, "encryption", "rewrap", "--data-dir", dir, "--key", file, "--json")
	require.Equal(t, 0, got.code, got.stderr)
	require.JSONEq(t, `{"rewrapped":3,"current":1,"empty":1}`, got.stdout)
	got = sluice(t, "encryption", "rewrap", "--data-dir", dir, "--key", file, "--json")
	require.JSONEq(t, `{"rewrapped":0,"current":4,"empty":1}`, got.stdout)

	require.Equal(t, 0, sluice(t, "encryption", "drop-key", "--yes", file, old).code)
	keys := openKeys(t, file)
	require.NoError(t, seal.CheckFolder(t.Context(), keys, dir))
	for _, name := range sealedAt {
		requireSealed(t, filepath.Join(dir, name), keys)
	}
}

func TestRewrapThatFailsForAFileKeepsTheOldKey(t *testing.T) {
	dir, file := sealedFolder(t), filepath.Join(t.TempDir(), "key.json")
	require.Equal(t, 0, sluice(t, "encryption", "create-key", file).code)
	require.NoError(t, seal.CheckFolder(t.Context(), openKeys(t, file), dir))
	check, err := os.ReadFile(filepath.Join(dir, seal.CheckFile))
	require.NoError(t, err)
	writeSealed(t, filepath.Join(dir, "blobs/00/whole-sealed"), openKeys(t, file))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blobs/00/broken-sealed"), make([]byte, 10000), 0o600))
	require.Equal(t, 0, sluice(t, "encryption", "rotate-key", file).code)

	got := sluice(t, "encryption", "rewrap", "--data-dir", dir, "--key", file)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "broken-sealed")
	require.Contains(t, got.stderr, "keep the old keys")
	after, err := os.ReadFile(filepath.Join(dir, seal.CheckFile))
	require.NoError(t, err)
	require.Equal(t, check, after)
	requireSealed(t, filepath.Join(dir, "blobs/00/whole-sealed"), openKeys(t, file))
}

func TestRewrapRefusesAFolderInUseAndOneThatIsNotOfFiles(t *testing.T) {
	dir, file := sealedFolder(t), filepath.Join(t.TempDir(), "key.json")
	require.Equal(t, 0, sluice(t, "encryption", "create-key", file).code)
	lock, err := datafolder.Acquire(dir)
	require.NoError(t, err)
	got := sluice(t, "encryption", "rewrap", "--data-dir", dir, "--key", file)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "used by another process")
	require.NoError(t, lock.Release())

	got = sluice(t, "encryption", "rewrap", "--data-dir", t.TempDir(), "--key", file)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "no data folder of the upload service")
	require.Equal(t, 2, sluice(t, "encryption", "rewrap", "--key", file).code)
}

func sealedFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"parts", "blobs/00", "blobs/01", "lost"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o700))
	}
	return dir
}

func openKeys(t *testing.T, file string) *seal.Keys {
	t.Helper()
	keys, err := seal.Open(t.Context(), seal.Config{Key: file}, nil)
	require.NoError(t, err)
	return keys
}

func writeSealed(t *testing.T, path string, keys *seal.Keys) {
	t.Helper()
	segments, content, err := sealfile.New(t.Context(), keys, sealfile.SegmentSize)
	require.NoError(t, err)
	content = segments.Seal(content, []byte("text"), 0, true)
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

func requireSealed(t *testing.T, path string, keys *seal.Keys) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	reader, err := sealfile.NewReader(t.Context(), keys, bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	plaintext := make([]byte, reader.Size())
	_, err = reader.ReadAt(plaintext, 0)
	require.NoError(t, err)
	require.Equal(t, "text", string(plaintext))
}

func TestDropKeyAsks(t *testing.T) {
	for answer, left := range map[string]int{"y\n": 1, "n\n": 2, "": 2} {
		file := filepath.Join(t.TempDir(), "key.json")
		require.Equal(t, 0, sluice(t, "encryption", "create-key", file).code)
		old := strings.TrimSpace(sluice(t, "encryption", "show-key", "-q", file).stdout)
		require.Equal(t, 0, sluice(t, "encryption", "rotate-key", file).code)
		var stdout, stderr bytes.Buffer
		code := cli.Run(t.Context(), cli.Env{
			Args: []string{"encryption", "drop-key", file, old}, InteractiveStdin: true,
			Stdin: strings.NewReader(answer), Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Now: time.Now,
		})
		require.Equal(t, 0, code, stderr.String())
		require.Contains(t, stderr.String(), "can't be read any more; run `sluice encryption rewrap` first. Go on? [y/N]")
		require.Len(t, strings.Fields(sluice(t, "encryption", "show-key", "-q", file).stdout), left, answer)
	}
}
