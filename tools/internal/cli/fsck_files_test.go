package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// filesFolder looks like the data folder of a file service.
func filesFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "catalog.db"), nil, 0o600))
	return dir
}

// checker stands in for the file service: it notes its arguments in a file, which
// it returns, and then runs a script.
func checker(t *testing.T, script string) (path, arguments string) {
	t.Helper()
	dir := t.TempDir()
	path, arguments = filepath.Join(dir, "sluice-fileupload"), filepath.Join(dir, "arguments")
	text := "#!/bin/sh\nprintf '%s\\n' \"$@\" >'" + arguments + "'\n" + script + "\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o700))
	return path, arguments
}

const soundReport = `echo '{"place":"data folder x","sound":true,"deep":true,"tenants":1,"files":1200,"file_bytes":4096,` +
	`"uploads":1,"blobs":1100,"parts":2,"read_bytes":2048,"leftover_count":1,"leftovers":[{"kind":"unknown_part","id":"p1"}]}'`

func TestFsckHasAFileServiceCheckItself(t *testing.T) {
	dir := filesFolder(t)
	t.Setenv("SLUICE_FILEUPLOAD_ENCRYPTION_KEY", "other.json")
	note := filepath.Join(t.TempDir(), "key")
	binary, arguments := checker(t, "printenv SLUICE_FILEUPLOAD_ENCRYPTION_KEY >'"+note+"'\n"+soundReport)
	got := sluice(t, "fsck", "--binary", binary, "--deep", "--key", "k.json", "--config", "c.yaml", dir)
	require.Equal(t, 0, got.code, got.stderr)
	noted, err := os.ReadFile(arguments)
	require.NoError(t, err)
	require.Equal(t, []string{"fsck", "--config=c.yaml", "--data-dir=" + dir, "--deep"}, strings.Fields(string(noted)))
	key, err := os.ReadFile(note)
	require.NoError(t, err)
	require.Equal(t, "k.json\n", string(key))
	for _, want := range []string{
		"examined    data folder x\n", "files       1,200 of 4.0 KiB, of 1 tenant\n", "unfinished  1 upload\n",
		"content     2.0 KiB read\n", "problems    none\n", "leftovers   1 that belong to nothing", "unknown_part  p1\n",
	} {
		require.Contains(t, got.stdout, want)
	}
	objects := sluice(t, "fsck", "--json", "--binary", binary, dir).objects(t)
	require.Len(t, objects, 1)
	require.Equal(t, true, objects[0]["sound"])
	require.EqualValues(t, 1200, objects[0]["files"])
}

func TestFsckExitsWith1OnProblemsOfFiles(t *testing.T) {
	binary, _ := checker(t, `echo '{"place":"x","sound":false,"problem_count":3,"problems":[`+
		`{"kind":"damaged_content","tenant":"acme","file_id":"f1","blob_id":"b1","detail":"has another SHA-256 than its receipt says"},`+
		`{"kind":"wrong_usage","tenant":"acme","detail":"1 is 2"}]}'
echo 'sluice-fileupload: unsound' >&2
exit 1`)
	got := sluice(t, "fsck", "--binary", binary, filesFolder(t))
	require.Equal(t, 1, got.code)
	for _, want := range []string{
		"problems    3 problems\n", "damaged_content  acme    f1              b1    has another SHA-256 than its receipt says\n",
		"wrong_usage      acme    -               -     1 is 2\n", "… 1 more\n",
	} {
		require.Contains(t, got.stdout, want)
	}
	require.Contains(t, got.stderr, "files or unfinished uploads are damaged or missing")
}

func TestFsckTellsWhyAFileServiceCanNotLook(t *testing.T) {
	dir := filesFolder(t)
	inUse, _ := checker(t, "echo 'sluice-fileupload: the data folder is used by another process' >&2\nexit 1")
	got := sluice(t, "fsck", "--binary", inUse, dir)
	require.Equal(t, 1, got.code)
	require.Equal(t, "sluice: the data folder is used by another process\n", got.stderr)

	killed, _ := checker(t, "echo 'fatal error' >&2\nkill -9 $$")
	got = sluice(t, "fsck", "--binary", killed, dir)
	require.Equal(t, 1, got.code)
	require.Equal(t, "sluice: run sluice-fileupload fsck: signal: killed: fatal error\n", got.stderr)

	old, _ := checker(t, "echo serving")
	got = sluice(t, "fsck", "--binary", old, dir)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "is it of the same version")

	got = sluice(t, "fsck", "--binary", filepath.Join(dir, "nothing"), dir)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "no such file")
}

func TestFsckRefusesWhatDoesNotFitTheFolder(t *testing.T) {
	for _, args := range [][]string{
		{"fsck"},
		{"fsck", "--records", filesFolder(t)},
		{"fsck", "--deep", journalFolder(t)},
		{"fsck", "--binary", "x", journalFolder(t)},
	} {
		require.Equal(t, 2, sluice(t, args...).code, args)
	}
}
