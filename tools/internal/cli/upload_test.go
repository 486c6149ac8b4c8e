package cli_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

func TestUploadWritesPlainLinesWithoutATerminal(t *testing.T) {
	server := refusingServer(t)
	inFolder(t)
	got := sluice(t, "upload", "-c", "1", "a.txt", "folder", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Equal(t, `stored  a.txt  7 B in TIME (RATE)  file file-1
refused folder/bad.exe  TYPE_NOT_ALLOWED: .exe is not taken
stored  folder/c.txt  14 B in TIME (RATE)  file file-2
2 files stored, 21 B sent in TIME (RATE)
1 file failed: 1 TYPE_NOT_ALLOWED
`, timings(got.stdout))
	require.Equal(t, "skipped folder/link: it is a symbolic link\n", got.stderr)
}

func TestUploadWritesAnObjectForEachFile(t *testing.T) {
	server := refusingServer(t)
	inFolder(t)
	got := sluice(t, "upload", "-c", "1", "--json", "a.txt", "folder/bad.exe", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	objects := got.objects(t)
	require.Len(t, objects, 2)

	stored := objects[0]
	for _, measured := range []string{"upload_id", "seconds", "bytes_per_second"} {
		require.NotEmpty(t, stored[measured], measured)
		delete(stored, measured)
	}
	require.Equal(t, map[string]any{
		"path": "a.txt", "file_name": "a.txt", "status": "stored",
		"file_id": "file-1", "size": 7.0, "content_type": "text/plain",
		"checksum": server.Files()[0].GetChecksum(), "attempts": 1.0, "resumed_at": 0.0,
		"sent": 7.0, "already_stored": false, "deduplicated": false, "existed": false,
	}, stored)

	refused := objects[1]
	require.Equal(t, "failed", refused["status"])
	require.Equal(t, map[string]any{
		"code": "INVALID_ARGUMENT", "reason": "TYPE_NOT_ALLOWED", "field": "file_name", "message": ".exe is not taken",
	}, refused["error"])
	require.NotContains(t, refused, "file_id")
}

func TestUploadPrintsOnlyFailuresWhenQuiet(t *testing.T) {
	server := refusingServer(t)
	inFolder(t)
	got := sluice(t, "upload", "-q", "a.txt", "folder/bad.exe", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Empty(t, got.stdout)
	require.Equal(t, "refused folder/bad.exe  TYPE_NOT_ALLOWED: .exe is not taken\n", got.stderr)
}

func TestUploadSendsNameMetadataAndType(t *testing.T) {
	server := fakeserver.Start(t)
	got := sluice(t, "upload", writeFile(t, "a.txt", "hello"), "--addr", server.Addr,
		"--name", "b.txt", "--metadata", "team=a,b", "--metadata", "note=x=y")
	require.Equal(t, 0, got.code, got.stderr)
	file := server.Files()[0]
	require.Equal(t, "b.txt", file.GetFileName())
	require.Equal(t, map[string]string{"team": "a,b", "note": "x=y"}, file.GetMetadata())
}

func TestTheSameCommandAgainSendsNothingTwice(t *testing.T) {
	server := fakeserver.Start(t)
	path := writeFile(t, "a.txt", "hello")
	first := sluice(t, "upload", "--json", path, "--addr", server.Addr).objects(t)[0]
	again := sluice(t, "upload", "--json", path, "--addr", server.Addr).objects(t)[0]
	require.Equal(t, first["upload_id"], again["upload_id"])
	require.Equal(t, first["file_id"], again["file_id"])
	require.Equal(t, false, first["already_stored"])
	require.Equal(t, true, again["already_stored"])
	require.Len(t, server.Files(), 1)
}

func TestNewStoresTheSameFileAgain(t *testing.T) {
	server := fakeserver.Start(t)
	path := writeFile(t, "a.txt", "hello")
	for range 2 {
		require.Equal(t, 0, sluice(t, "upload", "--new", path, "--addr", server.Addr).code)
	}
	require.Len(t, server.Files(), 2)
}

func TestAnEndedUploadIsBegunAnew(t *testing.T) {
	server := fakeserver.Start(t)
	path := writeFile(t, "a.txt", "hello")
	first := sluice(t, "upload", "--json", path, "--addr", server.Addr).objects(t)[0]
	server.End(first["upload_id"].(string))

	again := sluice(t, "upload", "--json", path, "--addr", server.Addr)
	require.Equal(t, 0, again.code, again.stderr)
	second := again.objects(t)[0]
	require.NotEqual(t, first["upload_id"], second["upload_id"])

	third := sluice(t, "upload", "--json", path, "--addr", server.Addr).objects(t)[0]
	require.Equal(t, second["upload_id"], third["upload_id"], "the new upload can be found again, too")
	require.Len(t, server.Files(), 2)
}

func TestAnEndedUploadThatWasNamedIsRefused(t *testing.T) {
	server := fakeserver.Start(t)
	server.End("mine")
	got := sluice(t, "upload", "--upload-id", "mine", writeFile(t, "a.txt", "hello"), "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "WORK_ENDED")
	require.Empty(t, server.Files())
}

func TestAnUploadIDOfAnotherFileTellsWhichThatIs(t *testing.T) {
	server := fakeserver.Start(t)
	require.Equal(t, 0, sluice(t, "upload", "--upload-id", "u1", writeFile(t, "a.txt", "aaa"), "--addr", server.Addr).code)
	for name, field := range map[string]string{"b.txt": "file_name", "a.txt": "total_size"} {
		got := sluice(t, "upload", "--upload-id", "u1", writeFile(t, name, "bbbb"), "--addr", server.Addr)
		require.Equal(t, 1, got.code)
		require.Contains(t, got.stdout, `WORK_CHANGED: upload u1 is of the file "a.txt" with 3 bytes, and this has another `+field+
			"; leave --upload-id out or give a new one to upload this")
	}
	require.Len(t, server.Files(), 1)
}

func TestUploadRefusesEmptyNames(t *testing.T) {
	path := writeFile(t, "a.txt", "a")
	for _, flag := range []string{"--name", "--upload-id"} {
		got := sluice(t, "upload", path, flag, "")
		require.Equal(t, 2, got.code)
		require.Contains(t, got.stderr, flag+" is empty; give")
	}
}

func TestWhatIsNotUTF8IsNamed(t *testing.T) {
	server := fakeserver.Start(t)
	path := writeFile(t, "a.txt", "a")
	for flag, value := range map[string]string{"--name": "\xff.txt", "--content-type": "\xff", "--metadata": "k=\xff"} {
		for _, source := range []string{path, "-"} {
			got := sluice(t, "upload", source, "--name", "b.txt", flag, value, "--addr", server.Addr)
			require.Equal(t, 2, got.code)
			require.Contains(t, got.stderr, flag+` "`)
			require.Contains(t, got.stderr, `\xff`)
			require.Contains(t, got.stderr, "is not UTF-8")
		}
	}
	got := sluice(t, "files", "list", "--prefix", "\xff", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Equal(t, "sluice: the argument \"\\xff\" is not UTF-8; the server takes only UTF-8\n", got.stderr)
}

func TestUploadReadsStandardInput(t *testing.T) {
	server := fakeserver.Start(t)
	got := sluiceWith(t, t.Context(), environment{stdin: "from a pipe"}, "upload", "-", "--name", "pipe.txt", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, "stored  -  11 B in TIME (RATE)  file file-1\n1 file stored, 11 B sent in TIME (RATE)\n", timings(got.stdout))
	require.Equal(t, "pipe.txt", server.Files()[0].GetFileName())
	require.Equal(t, int64(11), server.Files()[0].GetSize())
}

func TestDedupeSendsNothingThatIsThere(t *testing.T) {
	server := storing(t, "a.txt")
	path := writeFile(t, "b.txt", "<a.txt>")
	got := sluice(t, "upload", "--dedupe", path, "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "7 B, already there, nothing sent  file file-2\n1 file stored, 0 B sent")
	require.Len(t, server.Files(), 2)

	sent := sluice(t, "upload", "--json", "--new", path, "--addr", server.Addr).objects(t)[0]
	require.Equal(t, []any{7.0, false}, []any{sent["sent"], sent["already_stored"]}, "without the flag it is sent")

	object := sluice(t, "upload", "--json", "--dedupe", "--new", path, "--addr", server.Addr).objects(t)[0]
	require.Equal(t, []any{0.0, true, true, false},
		[]any{object["sent"], object["already_stored"], object["deduplicated"], object["existed"]})
}

func TestIfAbsentIsAboutTheFileThatIsThere(t *testing.T) {
	server := storing(t, "a.txt")
	object := sluice(t, "upload", "--json", "--dedupe", "--if-absent", writeFile(t, "a.txt", "<a.txt>"), "--addr", server.Addr).objects(t)[0]
	require.Equal(t, "file-1", object["file_id"])
	require.Equal(t, true, object["existed"])
	require.Len(t, server.Files(), 1)
}

func TestExpiresTakesATimeOrALifetime(t *testing.T) {
	at := time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	for flag, want := range map[string]time.Time{
		"2027-01-31T12:00:00Z": at,
		"20h":                  time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
	} {
		server := fakeserver.Start(t)
		path := writeFile(t, "a.txt", "hello")
		got := sluice(t, "upload", "--expires", flag, path, "--json", "--addr", server.Addr)
		require.Equal(t, 0, got.code, got.stderr)
		require.Equal(t, want, server.Files()[0].GetExpireTime().AsTime())
		require.Equal(t, want.Format(time.RFC3339), got.objects(t)[0]["expire_time"])
		require.Equal(t, true, sluice(t, "upload", "--expires", flag, path, "--json", "--addr", server.Addr).objects(t)[0]["already_stored"])
	}
	for _, flag := range []string{"yesterday", "2020-01-01", "-1h", "now"} {
		got := sluice(t, "upload", "--expires", flag, writeFile(t, "a.txt", "hello"))
		require.Equal(t, 2, got.code, flag)
		require.Contains(t, got.stderr, "--expires")
	}
}

// refusingServer takes no .exe.
func refusingServer(t *testing.T) *fakeserver.Server {
	t.Helper()
	server := fakeserver.Start(t)
	server.Refuse = func(name string) error {
		if filepath.Ext(name) == ".exe" {
			return fakeserver.Problem(codes.InvalidArgument, "TYPE_NOT_ALLOWED", "file_name", ".exe is not taken")
		}
		return nil
	}
	return server
}

// inFolder goes to a folder with some files.
func inFolder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	require.NoError(t, os.Mkdir("folder", 0o700))
	for _, path := range []string{"a.txt", "folder/bad.exe", "folder/c.txt", "folder/.hidden"} {
		require.NoError(t, os.WriteFile(path, []byte("<"+path+">"), 0o600))
	}
	require.NoError(t, os.Symlink("c.txt", "folder/link"))
}
