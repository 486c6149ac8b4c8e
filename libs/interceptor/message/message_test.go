package message_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/message"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/problem"
)

const limit = 1000

// spy stands inside the message link and tells the error of each stream's
// handler.
type spy struct {
	errs chan error
}

func (s spy) stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	err := handler(srv, stream)
	s.errs <- err
	return err
}

func options(registry *prometheus.Registry) ([]grpc.ServerOption, spy) {
	p, m := problems.New(zap.NewNop()), message.New("test", nil, limit, registry)
	s := spy{errs: make(chan error, 10)} // More than a test has streams.
	return append(m.ServerOptions(),
		grpc.ChainUnaryInterceptor(p.Unary, m.Unary),
		grpc.ChainStreamInterceptor(p.Stream, m.Stream, s.stream)), s
}

func serve(t *testing.T, handler testserver.Handler) (*grpc.ClientConn, spy, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	opts, s := options(registry)
	return testserver.Start(t, handler, opts...), s, registry
}

func accept(context.Context, string) error { return nil }

// text returns a string whose message has this many bytes.
func text(size int) string {
	const tagAndLength = 3
	return strings.Repeat("a", size-tagAndLength)
}

func TestMessageAtTheLimitIsTakenAndOneByteMoreIsRefused(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		conn, _, _ := serve(t, accept)
		_, err := call(t.Context(), conn, text(limit))
		require.NoError(t, err)
		_, err = call(t.Context(), conn, text(limit+1))
		st := testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.MessageTooLarge)
		require.Equal(t, "the message has 1001 bytes, over the limit of 1000; send smaller messages", st.Message())
	})
}

func TestLimitHoldsAfterDecompression(t *testing.T) {
	conn, _, _ := serve(t, accept)
	stream, err := testserver.Open(t.Context(), conn, grpc.UseCompressor(gzip.Name))
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(testserver.Text(text(limit+1))))
	_, err = testserver.Finish(stream)
	testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.MessageTooLarge)
}

func TestMessagesThatCannotBeDecoded(t *testing.T) {
	tests := []struct {
		name string
		data []byte
	}{
		{"cut short", []byte{0x0a, 0x05, 'a'}},
		{"no field", []byte{0xff}},
		{"string that is not UTF-8", []byte{0x0a, 0x01, 0xff}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn, _, _ := serve(t, accept)
			err := sendRaw(t, conn, test.data)
			st := testserver.RequireProblem(t, err, codes.InvalidArgument, problem.MalformedMessage)
			require.NotContains(t, st.Message(), "proto:", "the library's words stay inside")
		})
	}
}

func sendRaw(t *testing.T, conn *grpc.ClientConn, data []byte) error {
	t.Helper()
	stream, err := testserver.Open(t.Context(), conn, grpc.ForceCodecV2(testserver.Raw{}))
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(data))
	_, err = testserver.Finish(stream)
	return err
}

func TestCancelledStreamIsTheClientsDoing(t *testing.T) {
	received := make(chan struct{})
	conn, got, _ := serve(t, func(context.Context, string) error {
		close(received)
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := testserver.Open(ctx, conn)
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(testserver.Text("x")))
	<-received
	cancel()
	require.Equal(t, problem.ClientGone, problem.ReasonOf(<-got.errs))
}

func TestRefusedStreamStaysRefused(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := message.New("test", nil, limit, registry)
	var first, second error
	stubborn := func(_ any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, _ grpc.StreamHandler) error {
		first = stream.RecvMsg(&wrapperspb.StringValue{})
		second = stream.RecvMsg(&wrapperspb.StringValue{})
		return second
	}
	conn := testserver.Start(t, accept,
		append(m.ServerOptions(), grpc.ChainStreamInterceptor(m.Stream, stubborn))...)
	stream, err := testserver.Open(t.Context(), conn)
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(testserver.Text(text(limit+1))))
	if err := stream.SendMsg(testserver.Text("small")); !errors.Is(err, io.EOF) {
		require.NoError(t, err)
	}
	_, err = testserver.Finish(stream)
	require.Error(t, err)
	require.Equal(t, problem.MessageTooLarge, problem.ReasonOf(first))
	require.Same(t, first, second)
}

func TestMessagesAndBytesAreCounted(t *testing.T) {
	conn, _, registry := serve(t, accept)
	_, err := testserver.CallUnary(t.Context(), conn, text(200))
	require.NoError(t, err)
	stream, err := testserver.Open(t.Context(), conn)
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, stream.SendMsg(testserver.Text(text(300))))
	}
	_, err = testserver.Finish(stream)
	require.NoError(t, err)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
		# HELP sluice_test_messages_received_total Messages received from clients, refused ones too.
		# TYPE sluice_test_messages_received_total counter
		sluice_test_messages_received_total{grpc_method="UploadFile",grpc_service="sluice.fileupload.v1.FileUploadService"} 3
		sluice_test_messages_received_total{grpc_method="GetFile",grpc_service="sluice.fileupload.v1.FileUploadService"} 1
		# HELP sluice_test_received_bytes_total Bytes of the messages received from clients, after decompression.
		# TYPE sluice_test_received_bytes_total counter
		sluice_test_received_bytes_total{grpc_method="UploadFile",grpc_service="sluice.fileupload.v1.FileUploadService"} 900
		sluice_test_received_bytes_total{grpc_method="GetFile",grpc_service="sluice.fileupload.v1.FileUploadService"} 200
	`)))
}
