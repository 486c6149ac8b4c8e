package audit

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/interceptor/message"
)

// clientStream notes the hello and the receipt of a client stream. What it
// receives passes untouched.
type clientStream struct {
	grpc.ServerStream

	ctx context.Context

	// mu guards what a handler that outlives its call may still write.
	mu     sync.Mutex
	hello  streamv1.Hello
	answer any
}

func (s *clientStream) Context() context.Context { return s.ctx }

func (s *clientStream) SendHeader(header metadata.MD) error {
	if encoded := header.Get(ingest.HelloKey); len(encoded) == 1 {
		s.mu.Lock()
		// The service's own hello can be decoded; without it there are no identifiers.
		_ = proto.Unmarshal([]byte(encoded[0]), &s.hello)
		s.mu.Unlock()
	}
	return s.ServerStream.SendHeader(header)
}

func (s *clientStream) SendMsg(m any) error {
	s.mu.Lock()
	s.answer = m
	s.mu.Unlock()
	return s.ServerStream.SendMsg(m)
}

// noted returns what the stream is called, and its receipt if it has one.
func (s *clientStream) noted() (streamID, workID string, answer any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hello.GetStreamId(), s.hello.GetWorkId(), s.answer
}

// serverStream notes the request of a server stream.
type serverStream struct {
	grpc.ServerStream

	ctx context.Context

	mu      sync.Mutex
	request any
}

func (s *serverStream) Context() context.Context { return s.ctx }

func (s *serverStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.request == nil {
		s.request = message.Unwrap(m)
	}
	return err
}

func (s *serverStream) noted() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.request
}
