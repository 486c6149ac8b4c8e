// Package framestest is one suite for every service that takes streams of
// frames: the part of the stream contract that does not depend on what a frame
// holds.
package framestest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

// Service is a running service as the suite sees it. All fields are required.
type Service struct {
	Connection *grpc.ClientConn
	Streams    *ingest.Registry
	// Gate refuses new work.
	Gate *Gate

	// Collect is the full name of the method that takes the streams.
	Collect string
	// Items is the name of the field that has a frame's items, and FrameItems the
	// largest number of them.
	Items      string
	FrameItems int

	// Message is a frame with so many items, which are all accepted and different
	// from each other and from those of other sequences of the same producer.
	Message    func(producerID string, epoch, sequence int64, items int) proto.Message
	NewReceipt func() proto.Message
	// Read reads what the suite looks at in a receipt.
	Read func(receipt proto.Message) Receipt

	// Stored waits for a frame of a producer of the caller and counts the items
	// that its tenant has stored.
	Stored func(ctx context.Context, t testing.TB, producerID string, sequence int64) int

	GetPosition   func(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error)
	WatchPosition func(ctx context.Context, producerID string) (Watch, error)
}

// Watch is a stream of positions.
type Watch func() (*streamv1.ProducerPosition, error)

// Receipt is what the suite looks at in a receipt.
type Receipt struct {
	Total, Accepted, Duplicates int64
	ProducerID                  string
	Position                    *streamv1.Position
	Epoch, EpochAccepted        int64
}

// stream is a client's stream of frames.
type stream struct {
	grpc.ClientStream

	service    *Service
	producerID string
	hello      *streamv1.Hello
}

// open opens a stream of a producer and waits for its hello.
func (s *Service) open(ctx context.Context, t testing.TB, producerID string, epoch int64) *stream {
	t.Helper()
	opened, err := s.tryOpen(ctx, t, s.Message(producerID, epoch, 0, 0))
	require.NoError(t, err)
	opened.producerID = producerID
	return opened
}

// tryOpen opens a stream with a first message. The error is the stream's.
func (s *Service) tryOpen(ctx context.Context, t testing.TB, first proto.Message) (*stream, error) {
	t.Helper()
	rpc := s.call(ctx, t)
	require.NoError(t, rpc.SendMsg(first))
	header, err := rpc.Header()
	require.NoError(t, err)
	encoded := header.Get(ingest.HelloKey)
	if len(encoded) == 0 {
		return nil, rpc.RecvMsg(s.NewReceipt())
	}
	hello := &streamv1.Hello{}
	require.NoError(t, proto.Unmarshal([]byte(encoded[0]), hello))
	return &stream{ClientStream: rpc, service: s, hello: hello}, nil
}

func (s *Service) call(ctx context.Context, t testing.TB) grpc.ClientStream {
	t.Helper()
	rpc, err := s.Connection.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, s.Collect)
	require.NoError(t, err)
	return rpc
}

// send sends a frame, as far as the stream takes it.
func (s *stream) send(sequence int64, items int) {
	_ = s.SendMsg(s.service.Message("", 0, sequence, items))
}

// failure waits for the end of a stream that fails.
func (s *stream) failure(t testing.TB) rpctest.Refusal {
	t.Helper()
	return rpctest.RefusalOf(t, s.RecvMsg(s.service.NewReceipt()))
}

// finish ends the stream and returns the receipt, whole and as the suite reads
// it.
func (s *stream) finish(t testing.TB) (proto.Message, Receipt) {
	t.Helper()
	require.NoError(t, s.CloseSend())
	receipt := s.service.NewReceipt()
	require.NoError(t, s.RecvMsg(receipt))
	return receipt, s.service.Read(receipt)
}
