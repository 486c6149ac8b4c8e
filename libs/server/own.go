package server

import (
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// cutOwnStreams ends the streams of health and reflection when the grace of the
// drain has passed. Their handlers never end by themselves, nor does the
// service know them, so that one idle watcher would hold up every drain.
func (s *Server) cutOwnStreams(impl any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if !isOwn(info.FullMethod) {
		return handler(impl, stream)
	}
	// Returning ends the stream's context and with it the handler, which
	// nothing else can wake from a receive.
	ended := make(chan error, 1)
	go func() { ended <- handler(impl, stream) }()
	select {
	case err := <-ended:
		return err
	case <-s.cut:
		return status.Error(codes.Unavailable, "the server is shutting down; try again")
	}
}

func isOwn(method string) bool {
	return isHealth(method) || strings.HasPrefix(method, "/grpc.reflection.")
}
