// Package fakeserver has a Sluice file service, a collector and a log service in
// memory, for the tests of the tools: small, honest about their answers, and
// obedient.
package fakeserver

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// Server is a file service in memory. Set its fields before it gets calls.
type Server struct {
	fileuploadv1.UnimplementedFileUploadServiceServer
	streamv1.UnimplementedStreamServiceServer

	Gate

	// Addr is where it listens, on the loopback interface.
	Addr string
	// Refuse returns the refusal of a file by its name; nil takes it.
	Refuse func(name string) error
	// Quarantined are the files in quarantine, which may be released and deleted.
	Quarantined []*fileuploadv1.File
	// Moves are what a watch of any upload tells.
	Moves []*fileuploadv1.Upload
	// Streams are the open streams that it tells of.
	Streams []*streamv1.Stream

	// mu guards what follows.
	mu      sync.Mutex
	stored  []*stored
	ended   map[string]bool
	damaged map[string]bool
}

// stored is a file and the upload that brought it.
type stored struct {
	upload *fileuploadv1.Upload
	file   *fileuploadv1.File
	data   []byte
	// deduplicated and existed go into the receipt.
	deduplicated, existed bool
}

// New returns a server without a listener.
func New() *Server {
	return &Server{ended: map[string]bool{}, damaged: map[string]bool{}}
}

// Start returns a server that takes calls until the test ends.
func Start(t testing.TB, opts ...grpc.ServerOption) *Server {
	t.Helper()
	s := New()
	s.Addr = serve(t, s.GRPC(opts...))
	return s
}

// serve has a server take calls until the test ends, and returns its address.
func serve(t testing.TB, server *grpc.Server) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	return listener.Addr().String()
}

// GRPC returns a gRPC server with both services.
func (s *Server) GRPC(opts ...grpc.ServerOption) *grpc.Server {
	server := grpc.NewServer(append(opts, s.options()...)...)
	fileuploadv1.RegisterFileUploadServiceServer(server, s)
	streamv1.RegisterStreamServiceServer(server, s)
	return server
}

// End has the server answer WORK_ENDED to an upload.
func (s *Server) End(uploadID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[uploadID] = true
}

// Damage has the server find a file damaged.
func (s *Server) Damage(fileID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damaged[fileID] = true
}

// Change has a file told otherwise.
func (s *Server) Change(fileID string, change func(*fileuploadv1.File)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.stored {
		if one.file.GetFileId() == fileID {
			change(one.file)
		}
	}
}

// Files returns the stored files, oldest first.
func (s *Server) Files() []*fileuploadv1.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := make([]*fileuploadv1.File, 0, len(s.stored))
	for _, one := range s.stored {
		files = append(files, one.file)
	}
	return files
}

// Problem is an error as a Sluice service sends it.
func Problem(code codes.Code, reason, field, message string) error {
	info := &errdetails.ErrorInfo{Domain: "sluice", Reason: reason}
	if field != "" {
		info.Metadata = map[string]string{"field": field}
	}
	st, err := status.New(code, message).WithDetails(info)
	if err != nil {
		return err
	}
	return st.Err()
}
