package s3server

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What clients use.
const (
	// AccessKey and SecretKey are the credentials of the server's only account.
	AccessKey = "testaccess"
	SecretKey = "testsecret"
	// Region of the server.
	Region = "us-east-1"
	// Bucket is there from the start, and empty.
	Bucket = "files"
)

const (
	// startTimeout bounds the time until the server answers, on a busy machine.
	startTimeout = 60 * time.Second
	healthPath   = "/health"
)

// Server is an S3 server that runs. It is killed at the end of the test. Not
// safe for concurrent use.
type Server struct {
	// Addr is where it listens, `host:port`. It speaks plain HTTP and knows
	// buckets by path.
	Addr string

	t    testing.TB
	dir  string
	args []string
	run  *run
}

// Start starts a server with one bucket and returns when it answers. The
// extra arguments are options of versitygw's posix backend.
func Start(t testing.TB, extra ...string) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(s.dir, Bucket), 0o700); err != nil {
		t.Fatalf("can't make the bucket: %v", err)
	}
	s.Addr = freeAddr(t)
	s.args = append([]string{
		"--access", AccessKey, "--secret", SecretKey, "--region", Region,
		"--port", s.Addr, "--keep-alive", "--quiet", "--health", healthPath, "posix",
	}, extra...)
	s.args = append(s.args, s.dir)
	t.Cleanup(func() { s.run.kill() })
	s.start()
	return s
}

// Dir is the folder of the bucket; an object is the file of its key.
func (s *Server) Dir() string { return filepath.Join(s.dir, Bucket) }

// PID of the server's process.
func (s *Server) PID() int { return s.run.cmd.Process.Pid }

// Kill ends the server with SIGKILL. Its objects stay.
func (s *Server) Kill() { s.run.kill() }

// Restart kills the server if it runs and starts it anew at the same address. A
// multipart upload whose completion was interrupted is there again, as with S3, where
// it completes or not: versitygw alone would leave it where no request finds it.
func (s *Server) Restart() {
	s.t.Helper()
	s.run.kill()
	if err := s.restoreUploads(); err != nil {
		s.t.Fatalf("can't restore the multipart uploads that were completing: %v", err)
	}
	s.start()
}

// restoreUploads gives the folders of multipart uploads, which versitygw renames while
// it completes them, the name of the upload back.
func (s *Server) restoreUploads() error {
	const completing = ".sgwtmp/multipart/*/*.inprogress"
	folders, err := filepath.Glob(filepath.Join(s.Dir(), completing))
	if err != nil {
		return err
	}
	for _, folder := range folders {
		parent, name := filepath.Split(folder)
		uploadID, _, _ := strings.Cut(name, ".")
		if err := os.Rename(folder, filepath.Join(parent, uploadID)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) start() {
	s.t.Helper()
	s.run = launch(binaryPath(s.t), s.args)
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for !s.answers(ctx) {
		select {
		case <-s.run.done:
			s.t.Fatalf("the S3 server ended before it answered: %v\n%s", s.run.err, s.run.output())
		case <-ctx.Done():
			s.t.Fatalf("the S3 server does not answer after %v\n%s", startTimeout, s.run.output())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *Server) answers(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr+healthPath, nil)
	if err != nil {
		return false
	}
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// freeAddr picks a port that is free now.
func freeAddr(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("can't find a free port: %v", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
