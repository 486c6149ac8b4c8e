package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/clamd"
)

// infectedText has the marker that the tests' clamd knows, at its end.
func infectedText(bytes int) []byte {
	return []byte(strings.Repeat("x", bytes-len(clamd.Marker)) + clamd.Marker)
}

// uploadText uploads a small text at once.
func (p peer) uploadText(t *testing.T, name string, content []byte) (*fileuploadv1.UploadFileResponse, error) {
	t.Helper()
	u, err := p.begin(bounded(t), &fileuploadv1.UploadFileRequest{FileName: name, UploadId: name})
	require.NoError(t, err)
	for offset := 0; offset < len(content); offset += chunkSize {
		data := content[offset:min(offset+chunkSize, len(content))]
		last := offset+len(data) == len(content)
		if err := u.send(&fileuploadv1.UploadFileRequest{Offset: int64(offset), Data: data, IsLastChunk: last}); err != nil {
			return nil, err
		}
	}
	return u.finish()
}

func (p peer) statusOf(t *testing.T, uploadID string) *fileuploadv1.Upload {
	t.Helper()
	found, err := p.files.GetUpload(bounded(t), &fileuploadv1.GetUploadRequest{UploadId: uploadID})
	require.NoError(t, err)
	return found.GetUpload()
}

func TestAnInfectedFileGoesToQuarantineAndOnlyADecisionReleasesIt(t *testing.T) {
	scanner := clamd.Start(t)
	for name, address := range map[string]string{"over TCP": scanner.Addr, "over its socket": scanner.Socket} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, "--scan-clamd", address)
			receipt, err := s.uploadText(t, "clean.txt", []byte("nothing wrong"))
			require.NoError(t, err)
			require.Empty(t, receipt.GetErrors())
			for range 2 {
				_, err = s.uploadText(t, "infected.txt", infectedText(200_000))
				refused := requireRefused(t, err, codes.FailedPrecondition, "QUARANTINED")
				require.Contains(t, refused.text, clamd.Signature)
			}
			id := s.statusOf(t, "infected.txt").GetFileId()
			_, err = s.files.GetFile(bounded(t), &fileuploadv1.GetFileRequest{FileId: id})
			requireRefused(t, err, codes.NotFound, "FILE_NOT_FOUND")
			list, err := s.files.ListQuarantinedFiles(bounded(t), &fileuploadv1.ListQuarantinedFilesRequest{})
			require.NoError(t, err)
			require.Len(t, list.GetFiles(), 1)
			require.Equal(t, "the scanner found "+clamd.Signature, list.GetFiles()[0].GetQuarantine())
			require.NotNil(t, list.GetFiles()[0].GetExpireTime())

			_, err = s.files.ReleaseQuarantinedFile(bounded(t), &fileuploadv1.ReleaseQuarantinedFileRequest{FileId: id})
			require.NoError(t, err)
			got, err := s.download(bounded(t), id)
			require.NoError(t, err)
			require.EqualValues(t, 200_000, got.size)
			require.Contains(t, s.get(bounded(t), t, "/metrics"), `sluice_fileupload_scans_total{result="infected"} 1`)
		})
	}
}

func TestAnUploadOutlastsAScannerThatIsDown(t *testing.T) {
	scanner := clamd.Start(t)
	s := startServer(t, "--scan-clamd", scanner.Addr)
	scanner.Kill()
	content := []byte(strings.Repeat("nothing wrong ", 20_000))
	_, err := s.uploadText(t, "a.txt", content)
	refused := requireRefused(t, err, codes.Unavailable, "SCAN_FAILED")
	require.Positive(t, refused.retryAfter)
	require.EqualValues(t, len(content), refused.cut.GetPosition().GetDurable(), "nothing has to be sent again")
	scanner.Restart(t)
	u := s.peer.mustBegin(bounded(t), t, &fileuploadv1.UploadFileRequest{FileName: "a.txt", UploadId: "a.txt"})
	require.NoError(t, u.send(&fileuploadv1.UploadFileRequest{Offset: int64(len(content)), IsLastChunk: true}))
	receipt, err := u.finish()
	require.NoError(t, err)
	require.EqualValues(t, len(content), receipt.GetTotalSize())
}

func TestContentThatClamdDoesNotTakeIsTreatedAsConfigured(t *testing.T) {
	scanner := clamd.Start(t)
	large := []byte(strings.Repeat("large ", 200_000)) // over the tests' StreamMaxLength of 1 MiB
	s := startServer(t, "--scan-clamd", scanner.Addr)
	_, err := s.uploadText(t, "a.txt", large)
	requireRefused(t, err, codes.InvalidArgument, "NOT_SCANNABLE")
	require.Less(t, contentBytes(t, s.dataDir), int64(len(large)))

	s = startServer(t, "--scan-clamd", scanner.Addr, "--scan-unscannable", "quarantine")
	_, err = s.uploadText(t, "a.txt", large)
	requireRefused(t, err, codes.FailedPrecondition, "QUARANTINED")
	require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_QUARANTINED, s.statusOf(t, "a.txt").GetStatus())

	s = startServer(t, "--scan-clamd", scanner.Addr, "--scan-unscannable", "accept")
	receipt, err := s.uploadText(t, "a.txt", large)
	require.NoError(t, err)
	require.Len(t, receipt.GetErrors(), 1)
	require.Equal(t, "NOT_SCANNED", receipt.GetErrors()[0].GetReason())
}

func TestATenantsPolicyIsReadFromTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(`
policies:
  default: {media_types: [text/*], max_expiry: 1h}
  tenants: |
    default: {name_rule: '[a-z]+\.txt', min_file_size: 10, expiry: 30m}
`), 0o600))
	s := startServer(t, "--config", path)
	_, err := s.uploadText(t, "A1.txt", []byte("long enough"))
	refused := requireRefused(t, err, codes.InvalidArgument, "NAME_INVALID")
	require.Contains(t, refused.text, `[a-z]+\.txt`)
	_, err = s.uploadText(t, "short.txt", []byte("short"))
	requireRefused(t, err, codes.InvalidArgument, "SIZE_LIMIT_EXCEEDED")
	_, err = s.uploadText(t, "image.txt", []byte("\x89PNG\r\n\x1a\n and more"))
	refused = requireRefused(t, err, codes.InvalidArgument, "TYPE_NOT_ALLOWED")
	require.Contains(t, refused.text, "image/png")
	receipt, err := s.uploadText(t, "good.txt", []byte("long enough"))
	require.NoError(t, err)
	require.NotNil(t, receipt.GetExpireTime(), "the policy says how long it is kept")
}
