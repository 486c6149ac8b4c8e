package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

func TestUploadsListAndShow(t *testing.T) {
	server := fakeserver.Start(t)
	got := sluice(t, "upload", writeFile(t, "a.txt", "hello"), "--upload-id", "mine", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)

	require.Equal(t, `UPLOAD ID  STATUS     DURABLE  SIZE  UPDATED              NAME
mine       available  5 B      5 B   2026-11-22 10:00:00  a.txt
`, sluice(t, "uploads", "list", "--addr", server.Addr).stdout)
	require.Empty(t, sluice(t, "uploads", "list", "-q", "--unfinished", "--addr", server.Addr).stdout)

	require.Equal(t, []map[string]any{{
		"upload_id": "mine", "file_name": "a.txt", "status": "available", "received": 5.0, "durable": 5.0, "total_size": 5.0,
		"durable_checksum": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		"file_id":          "file-1", "create_time": "2026-11-22T10:00:00Z", "update_time": "2026-11-22T10:00:00Z",
	}}, sluice(t, "uploads", "show", "mine", "--json", "--addr", server.Addr).objects(t))
}

func TestUploadsAbort(t *testing.T) {
	server := fakeserver.Start(t)
	got := sluice(t, "uploads", "abort", "--json", "mine", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, []map[string]any{{"id": "mine", "status": "aborted"}}, got.objects(t))

	got = sluice(t, "uploads", "abort", "mine", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "sluice: mine: WORK_ENDED")
}
