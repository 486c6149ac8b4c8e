package ingest

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// HelloKey is the metadata key of the hello in the response headers.
const HelloKey = "sluice-hello-bin"

// SayHello sends the response headers with the hello: where the work stands and
// what the client may send. The stream's identifier, its work and the position
// are filled in here.
func (s *Stream) SayHello(stream grpc.ServerStream, hello *streamv1.Hello) error {
	workID, position := s.work()
	hello.StreamId = s.ID
	hello.WorkId = workID
	hello.Position = position.Proto()
	encoded, err := proto.Marshal(hello)
	if err != nil {
		return err
	}
	return stream.SendHeader(metadata.Pairs(HelloKey, string(encoded)))
}
