package server

import (
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxWatches are the health watches that may be open, and maxWatchesPerAddress
// those of one address: they need no credentials and have no end.
const (
	maxWatches           = 1000
	maxWatchesPerAddress = 100
)

// boundWatches refuses what is over the bounds of health watches.
func (s *Server) boundWatches(impl any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if !isHealth(info.FullMethod) {
		return handler(impl, stream)
	}
	from := originOf(stream.Context())
	if !s.watches.enter(from) {
		return status.Error(codes.ResourceExhausted, "too many health watches are open; end one before the next, or check instead")
	}
	defer s.watches.leave(from)
	return handler(impl, watchStream{stream})
}

func isHealth(method string) bool { return strings.HasPrefix(method, "/grpc.health.") }

// watchStream tells when the request is there.
type watchStream struct{ grpc.ServerStream }

// RecvMsg receives the request.
func (s watchStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	arrived(s.Context())
	return err
}
