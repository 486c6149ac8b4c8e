package cli_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

func TestFilesListPrintsATableNewestFirst(t *testing.T) {
	server := storing(t, "a.txt", "b.txt", "ab.txt")
	server.Change("file-1", func(f *fileuploadv1.File) { f.ExpireTime = christmasEve() })
	server.Change("file-2", func(f *fileuploadv1.File) { f.Damage = "the SHA-256 differs" })
	got := sluice(t, "files", "list", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `FILE ID  STATUS     SIZE  TYPE        CREATED              EXPIRES              NAME
file-3   available  8 B   text/plain  2026-11-22 10:00:02  -                    ab.txt
file-2   damaged    7 B   text/plain  2026-11-22 10:00:01  -                    b.txt
file-1   available  7 B   text/plain  2026-11-22 10:00:00  2026-12-24 18:00:00  a.txt
`, got.stdout)
}

func TestFilesListTakesPrefixAndLimit(t *testing.T) {
	server := storing(t, "a.txt", "b.txt", "ab.txt", "ac.txt", "ad.txt")
	tests := map[string]struct {
		args []string
		want string
	}{
		"prefix":      {[]string{"--prefix", "b"}, "file-2\n"},
		"limit":       {[]string{"--limit", "3"}, "file-5\nfile-4\nfile-3\n"},
		"no limit":    {[]string{"--limit", "0"}, "file-5\nfile-4\nfile-3\nfile-2\nfile-1\n"},
		"none at all": {[]string{"--prefix", "z"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, append([]string{"files", "list", "-q", "--addr", server.Addr}, test.args...)...)
			require.Equal(t, 0, got.code, got.stderr)
			require.Equal(t, test.want, got.stdout)
		})
	}
}

func TestAListThatIsCutSaysSo(t *testing.T) {
	server := storing(t, "a.txt", "b.txt", "c.txt")
	for _, list := range []string{"files", "uploads"} {
		got := sluice(t, list, "list", "--limit", "2", "--addr", server.Addr)
		require.Equal(t, 0, got.code)
		require.Equal(t, "… more; use --limit N, or --limit 0 for all\n", got.stderr)
		for _, limit := range []string{"3", "4", "0"} {
			require.Empty(t, sluice(t, list, "list", "--limit", limit, "--addr", server.Addr).stderr)
		}
	}
}

func TestFilesListPrintsJSON(t *testing.T) {
	server := storing(t, "a.txt")
	got := sluice(t, "files", "list", "--json", "--addr", server.Addr).objects(t)
	require.Equal(t, []map[string]any{{
		"file_id": "file-1", "file_name": "a.txt", "size": 7.0, "checksum": server.Files()[0].GetChecksum(),
		"content_type": "text/plain", "owner": "anonymous", "create_time": "2026-11-22T10:00:00Z", "status": "available",
	}}, got)
}

func TestFilesShowPrintsEveryProperty(t *testing.T) {
	server := storing(t, "a.txt")
	got := sluice(t, "files", "show", "file-1", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `file id  file-1
name     a.txt
size     7 B (7 bytes)
sha-256  `+server.Files()[0].GetChecksum()+`
type     text/plain
owner    anonymous
created  2026-11-22 10:00:00
status   available
`, got.stdout)
}

func TestFilesShowTellsExpiryAndDamage(t *testing.T) {
	server := storing(t, "a.txt")
	server.Change("file-1", func(f *fileuploadv1.File) {
		f.ExpireTime, f.VerifyTime, f.DamageTime, f.Damage = christmasEve(), christmasEve(), christmasEve(), "the SHA-256 differs"
	})
	got := sluice(t, "files", "show", "file-1", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, `
expires   2026-12-24 18:00:00
status    available
verified  2026-12-24 18:00:00
damaged   2026-12-24 18:00:00
damage    the SHA-256 differs
`)
	view := sluice(t, "files", "show", "file-1", "--json", "--addr", server.Addr).objects(t)[0]
	for _, at := range []string{"expire_time", "verify_time", "damage_time"} {
		require.Equal(t, "2026-12-24T18:00:00Z", view[at], at)
	}
	require.Equal(t, "the SHA-256 differs", view["damage"])
}

func christmasEve() *timestamppb.Timestamp {
	return timestamppb.New(time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC))
}

func TestFilesVerifyTellsDamage(t *testing.T) {
	server := storing(t, "a.txt")
	got := sluice(t, "files", "verify", "file-1", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "intact   yes")

	server.Damage("file-1")
	got = sluice(t, "files", "verify", "file-1", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "the SHA-256 differs")
	require.Contains(t, got.stderr, "upload the file again with `sluice upload --new`")
}

func TestFilesCopyTakesAName(t *testing.T) {
	server := storing(t, "a.txt")
	require.Equal(t, "file-2\n", sluice(t, "files", "copy", "-q", "file-1", "b.txt", "--addr", server.Addr).stdout)
	require.Equal(t, "file-3\n", sluice(t, "files", "copy", "-q", "file-1", "--addr", server.Addr).stdout)
	files := server.Files()
	require.Equal(t, []string{"a.txt", "b.txt", "a.txt"},
		[]string{files[0].GetFileName(), files[1].GetFileName(), files[2].GetFileName()})
}

func TestFilesUpdateChangesOnlyWhatIsGiven(t *testing.T) {
	server := storing(t, "a.txt")
	update := func(args ...string) map[string]any {
		got := sluice(t, append([]string{"files", "update", "file-1", "--json", "--addr", server.Addr}, args...)...)
		require.Equal(t, 0, got.code, got.stderr)
		return got.objects(t)[0]
	}
	file := update("--metadata", "case=7", "--metadata", "by=ann", "--expires", "30d")
	require.Equal(t, map[string]any{"case": "7", "by": "ann"}, file["metadata"])
	require.Equal(t, "2026-12-22T12:00:00Z", file["expire_time"])

	file = update("--metadata", "case=8")
	require.Equal(t, map[string]any{"case": "8"}, file["metadata"], "in place of what it had")
	require.Equal(t, "2026-12-22T12:00:00Z", file["expire_time"])

	file = update("--expires", "never")
	require.NotContains(t, file, "expire_time")
	require.Equal(t, map[string]any{"case": "8"}, file["metadata"])

	require.NotContains(t, update("--no-metadata"), "metadata")
}

func TestFilesUpdateShowsTheFile(t *testing.T) {
	server := storing(t, "a.txt")
	got := sluice(t, "files", "update", "file-1", "--expires", "2026-12-24T18:00:00Z", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "expires  2026-12-24 18:00:00\n")

	got = sluice(t, "files", "update", "gone", "--no-metadata", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "FILE_NOT_FOUND")
}

func TestFilesUpdateRefuses(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"no change":      {nil, "there is nothing to change; give --metadata, --no-metadata or --expires"},
		"both":           {[]string{"--metadata", "a=b", "--no-metadata"}, "--no-metadata contradicts --metadata"},
		"no pair":        {[]string{"--metadata", "a"}, `--metadata "a" is not key=value`},
		"no expiry":      {[]string{"--metadata", "a=b", "--expires", ""}, `--expires "" is neither a time`},
		"in the past":    {[]string{"--expires", "2026-01-31"}, "lies in the past"},
		"without a file": {nil, "one FILE_ID"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"files", "update", "file-1"}, test.args...)
			if name == "without a file" {
				args = args[:2]
			}
			got := sluice(t, args...)
			require.Equal(t, 2, got.code, got.stderr)
			require.Contains(t, got.stderr, test.want)
		})
	}
}

func TestFilesDeleteGoesOnAfterAFailure(t *testing.T) {
	server := storing(t, "a.txt", "b.txt")
	got := sluice(t, "files", "delete", "file-1", "gone", "file-2", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Equal(t, "deleted file-1\ndeleted file-2\n", got.stdout)
	require.Equal(t, "sluice: gone: FILE_NOT_FOUND: there is no such file\n", got.stderr)
	require.Empty(t, server.Files())
}

func TestDownloadWritesTheFileUnderItsName(t *testing.T) {
	server := storing(t, "a.txt")
	t.Chdir(t.TempDir())
	got := sluice(t, "download", "file-1", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "downloaded a.txt  7 B")
	requireContent(t, "a.txt", "<a.txt>")
}

func TestDownloadReplacesNothingUnlessForced(t *testing.T) {
	server := storing(t, "a.txt")
	path := writeFile(t, "mine.txt", "mine")
	got := sluice(t, "download", "file-1", "-o", path, "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "give --force")
	requireContent(t, path, "mine")

	require.Equal(t, 0, sluice(t, "download", "file-1", "-f", "-o", path, "--addr", server.Addr).code)
	requireContent(t, path, "<a.txt>")
}

func TestDownloadTakesAFolder(t *testing.T) {
	server := storing(t, "a.txt")
	folder := t.TempDir()
	got := sluice(t, "download", "--json", "file-1", "-o", folder, "--addr", server.Addr)
	require.Equal(t, filepath.Join(folder, "a.txt"), got.objects(t)[0]["path"])
	requireContent(t, filepath.Join(folder, "a.txt"), "<a.txt>")
}

func TestDownloadWritesToStandardOutputAlone(t *testing.T) {
	server := storing(t, "a.txt")
	got := sluice(t, "download", "file-1", "-o", "-", "--addr", server.Addr)
	require.Equal(t, 0, got.code)
	require.Equal(t, "<a.txt>", got.stdout)
	require.Contains(t, got.stderr, "SHA-256 verified")
}

func TestDownloadTrustsNoNameOfTheServer(t *testing.T) {
	for _, name := range []string{"../a.txt", "/etc/passwd", "..", ".bashrc", "a\x1b[2J.txt"} {
		server := fakeserver.Start(t)
		require.Equal(t, 0, sluice(t, "upload", writeFile(t, "a.txt", "a"), "--name", name, "--addr", server.Addr).code)
		folder := t.TempDir()
		got := sluice(t, "download", "file-1", "-o", folder, "--addr", server.Addr)
		require.Equal(t, 1, got.code, name)
		require.Contains(t, got.stderr, "is not safe to write; give a path with -o", name)
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Empty(t, entries, name)
	}
}

// storing returns a server that has these files; the content of each is its
// name in angle brackets.
func storing(t *testing.T, names ...string) *fakeserver.Server {
	t.Helper()
	server := fakeserver.Start(t)
	for _, name := range names {
		got := sluice(t, "upload", "-q", writeFile(t, name, "<"+name+">"), "--addr", server.Addr)
		require.Equal(t, 0, got.code, got.stderr)
	}
	return server
}

func requireContent(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}
