package lifetime

import (
	"context"
	"net"
	"testing"

	middleware "github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/interceptor/message"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// service is a server over bufconn whose streams have a lifetime: Send is a
// client stream on package ingest, and Watch a server stream that sends without
// end.
type service struct {
	streams *ingest.Registry
	who     principal.Principal
	// returned is told when the link has returned from a stream, and left when
	// Watch has.
	returned, left chan error
}

func newService(who principal.Principal) *service {
	return &service{
		streams: ingest.NewRegistry(nil), who: who,
		returned: make(chan error, 1), left: make(chan error, 1),
	}
}

// serve returns a connection to the service, which ends with the test.
func (s *service) serve(t *testing.T, cfg Config) *grpc.ClientConn {
	t.Helper()
	reg := prometheus.NewRegistry()
	messages := message.New("test", nil, 0, reg)
	link := New("test", cfg, reg)
	link.random = func() float64 { return 0 }
	options := append(messages.ServerOptions(), grpc.StaticStreamWindowSize(64<<10), grpc.ChainStreamInterceptor(
		problems.New(zap.NewNop()).Stream, s.authenticate, link.Stream, messages.Stream))
	server := grpc.NewServer(options...)
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "test.Service", Streams: []grpc.StreamDesc{
		{StreamName: "Send", ClientStreams: true, Handler: func(_ any, rpc grpc.ServerStream) error { return s.send(rpc) }},
		{StreamName: "Watch", ServerStreams: true, Handler: func(_ any, rpc grpc.ServerStream) error { return s.watch(rpc) }},
	}}, nil)
	listener := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///test",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		server.Stop()
		require.NoError(t, <-served)
	})
	return conn
}

func (s *service) authenticate(srv any, rpc grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	wrapped := middleware.WrapServerStream(rpc)
	wrapped.WrappedContext = principal.With(rpc.Context(), s.who)
	err := handler(srv, wrapped)
	s.returned <- err
	return err
}

// chunk is a message of Send.
type chunk struct{ *wrapperspb.BytesValue }

func newChunk() *chunk { return &chunk{new(wrapperspb.BytesValue)} }

func (c *chunk) PayloadBytes() int { return len(c.GetValue()) }
func (c *chunk) Free()             {}

// send takes bytes in, which are durable only once it ends.
func (s *service) send(rpc grpc.ServerStream) error {
	stream, err := s.streams.Open(rpc.Context(), "Send")
	if err != nil {
		return err
	}
	in := ingest.Receive(stream, rpc, newChunk)
	defer func() {
		stream.Close()
		in.Close()
	}()
	if err := stream.Claim("work"); err != nil {
		return err
	}
	var at ingest.Position
	stream.Track(func() ingest.Position { return at })
	for {
		c, err := in.Next()
		if err != nil {
			at.Durable = at.Received
			return stream.WithCut(err)
		}
		at.Received += int64(c.PayloadBytes())
		in.Release(c)
	}
}

// watch sends as fast as the client reads.
func (s *service) watch(rpc grpc.ServerStream) (err error) {
	defer func() { s.left <- err }()
	for {
		if err := rpc.SendMsg(wrapperspb.Bytes(make([]byte, 8<<10))); err != nil {
			return err
		}
	}
}
