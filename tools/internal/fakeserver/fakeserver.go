// Package fakeserver is a Sluice file service in memory, for the tests of the
// tools: small, honest about its answers, and obedient.
package fakeserver

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// Server is a file service in memory. Set its fields before it gets calls.
type Server struct {
	fileuploadv1.UnimplementedFileUploadServiceServer
	streamv1.UnimplementedStreamServiceServer

	// Addr is where it listens, on the loopback interface.
	Addr string
	// Key is the API key that calls must carry; empty for none.
	Key string
	// Refuse returns the refusal of a file by its name; nil takes it.
	Refuse func(name string) error
	// Streams are the open streams that it tells of.
	Streams []*streamv1.Stream

	// mu guards what follows.
	mu      sync.Mutex
	stored  []*stored
	ended   map[string]bool
	damaged map[string]bool
	drains  bool
}

// stored is a file and the upload that brought it.
type stored struct {
	upload *fileuploadv1.Upload
	file   *fileuploadv1.File
	data   []byte
}

// New returns a server without a listener.
func New() *Server {
	return &Server{ended: map[string]bool{}, damaged: map[string]bool{}}
}

// Start returns a server that takes calls until the test ends.
func Start(t testing.TB, opts ...grpc.ServerOption) *Server {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := New()
	s.Addr = listener.Addr().String()
	server := s.GRPC(opts...)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	return s
}

// GRPC returns a gRPC server with both services.
func (s *Server) GRPC(opts ...grpc.ServerOption) *grpc.Server {
	server := grpc.NewServer(append(opts,
		grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			if err := s.admit(ctx); err != nil {
				return nil, err
			}
			return handle(ctx, req)
		}),
		grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
			if err := s.admit(stream.Context()); err != nil {
				return err
			}
			return handle(srv, stream)
		}),
	)...)
	fileuploadv1.RegisterFileUploadServiceServer(server, s)
	streamv1.RegisterStreamServiceServer(server, s)
	return server
}

// admit refuses calls without the key, and all while the server drains.
func (s *Server) admit(ctx context.Context) error {
	s.mu.Lock()
	drains := s.drains
	s.mu.Unlock()
	if drains {
		return Problem(codes.Unavailable, "DRAINING", "", "the server is shutting down")
	}
	if s.Key == "" {
		return nil
	}
	md, _ := metadata.FromIncomingContext(ctx)
	switch got := md.Get("authorization"); {
	case len(got) == 0:
		return Problem(codes.Unauthenticated, "CREDENTIALS_MISSING", "", "send an API key")
	case got[0] != "Bearer "+s.Key:
		return Problem(codes.Unauthenticated, "CREDENTIALS_INVALID", "", "the API key is not known")
	}
	return nil
}

// End has the server answer WORK_ENDED to an upload.
func (s *Server) End(uploadID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[uploadID] = true
}

// Drain has the server refuse every call as one that shuts down.
func (s *Server) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drains = true
}

// Damage has the server find a file damaged.
func (s *Server) Damage(fileID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damaged[fileID] = true
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
