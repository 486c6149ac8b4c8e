package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

// quarantining returns a server with three files in quarantine.
func quarantining(t *testing.T) *fakeserver.Server {
	t.Helper()
	server := fakeserver.Start(t)
	for _, id := range []string{"q-1", "q-2", "q-3"} {
		server.Quarantined = append(server.Quarantined, &fileuploadv1.File{
			FileId: id, FileName: id + ".txt", Size: 5, CreateTime: christmasEve(),
			Status: fileuploadv1.FileStatus_FILE_STATUS_QUARANTINED, Quarantine: "Test.Signature",
		})
	}
	return server
}

func TestQuarantineListTellsWhy(t *testing.T) {
	server := quarantining(t)
	got := sluice(t, "files", "quarantine", "list", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `FILE ID  SIZE  STORED               EXPIRES  WHY             NAME
q-1      5 B   2026-12-24 18:00:00  -        Test.Signature  q-1.txt
q-2      5 B   2026-12-24 18:00:00  -        Test.Signature  q-2.txt
q-3      5 B   2026-12-24 18:00:00  -        Test.Signature  q-3.txt
`, got.stdout)
	require.Equal(t, "q-1\n", sluice(t, "files", "quarantine", "list", "-q", "--limit", "1", "--addr", server.Addr).stdout)

	object := sluice(t, "files", "quarantine", "list", "--json", "--addr", server.Addr).objects(t)[2]
	require.Equal(t, []any{"q-3", "quarantined", "Test.Signature"}, []any{object["file_id"], object["status"], object["quarantine"]})
}

func TestQuarantineReleaseAndDeleteGoOnAfterAFailure(t *testing.T) {
	server := quarantining(t)
	got := sluice(t, "files", "quarantine", "release", "q-2", "gone", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Equal(t, "released q-2\n", got.stdout)
	require.Contains(t, got.stderr, "sluice: gone: FILE_NOT_FOUND")
	require.Equal(t, "q-2", server.Files()[0].GetFileId())

	got = sluice(t, "files", "quarantine", "delete", "--json", "q-1", "q-3", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, []map[string]any{{"id": "q-1", "status": "deleted"}, {"id": "q-3", "status": "deleted"}}, got.objects(t))
	require.Empty(t, server.Quarantined)
	require.Len(t, server.Files(), 1)
}
