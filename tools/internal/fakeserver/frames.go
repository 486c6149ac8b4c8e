package fakeserver

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// greetProducer tells a stream of frames where its producer stands.
func greetProducer(stream grpc.ServerStream, id string, sequence int64) error {
	hello, err := proto.Marshal(&streamv1.Hello{
		StreamId: "stream", WorkId: id, Next: sequence + 1, MaxMessageBytes: 1 << 20, MaxFrameItems: 10_000,
		Position: &streamv1.Position{Received: sequence, Durable: sequence},
	})
	if err != nil {
		return err
	}
	return stream.SendHeader(metadata.Pairs("sluice-hello-bin", string(hello)))
}

// followPosition tells of each position until ctx ends. look returns the
// position as it is and a channel that is closed when it has moved.
func followPosition(
	ctx context.Context, look func() (*streamv1.ProducerPosition, <-chan struct{}), tell func(*streamv1.ProducerPosition) error,
) error {
	for {
		at, moved := look()
		if err := tell(at); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil
		}
	}
}

// positionOf is that of a producer of which each frame is durable and seen by
// queries at once.
func positionOf(id string, epoch, sequence int64) *streamv1.ProducerPosition {
	return &streamv1.ProducerPosition{
		ProducerId: id, Epoch: epoch, Applied: sequence,
		Position: &streamv1.Position{Received: sequence, Durable: sequence},
	}
}
