package s3server_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
)

// ask sends a request without a signature and returns the status.
func ask(t *testing.T, server *s3server.Server) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+server.Addr+"/"+s3server.Bucket, nil)
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

func TestTheServerAsksForASignature(t *testing.T) {
	require.Equal(t, http.StatusForbidden, ask(t, s3server.Start(t)))
}

func TestTheServerComesBackWithItsObjects(t *testing.T) {
	server := s3server.Start(t)
	object := filepath.Join(server.Dir(), "object")
	require.NoError(t, os.WriteFile(object, []byte("content"), 0o600))
	before := server.PID()
	server.Kill()
	_, err := net.Dial("tcp", server.Addr)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	server.Restart()
	require.NotEqual(t, before, server.PID())
	require.Equal(t, http.StatusForbidden, ask(t, server))
	content, err := os.ReadFile(object)
	require.NoError(t, err)
	require.Equal(t, "content", string(content))
}

func TestUploadsThatWereCompletingComeBack(t *testing.T) {
	server := s3server.Start(t)
	uploads := filepath.Join(server.Dir(), ".sgwtmp", "multipart", "key")
	require.NoError(t, os.MkdirAll(filepath.Join(uploads, "6ba7b810.5d41402a-2.inprogress"), 0o700))
	server.Restart()
	require.DirExists(t, filepath.Join(uploads, "6ba7b810"))
}

func TestTheServerEndsWithItsTest(t *testing.T) {
	var addr string
	t.Run("test", func(t *testing.T) { addr = s3server.Start(t).Addr })
	_, err := net.Dial("tcp", addr)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}
