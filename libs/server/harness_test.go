package server_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

func options() server.Options {
	return server.Options{Logger: zap.NewNop(), Registry: telemetry.NewRegistry()}
}

func loopback() server.Config { return server.DefaultConfig("127.0.0.1:0", "127.0.0.1:0") }

// running is a server that serves.
type running struct {
	grpc, admin string
	tls         bool
	// shutdown begins the drain.
	shutdown context.CancelFunc
	ended    chan error
	// lines are the log after the first line.
	lines logLines
}

// start serves until the test ends or shuts the server down. handler is the
// stream that the service test.Streams has.
func start(t *testing.T, cfg server.Config, opts server.Options, handler func(grpc.ServerStream) error) *running {
	t.Helper()
	lines := make(logLines, 100)
	logger, err := telemetry.NewLogger(telemetry.DefaultConfig(), lines)
	require.NoError(t, err)
	opts.Logger = logger
	s, err := server.New(cfg, opts)
	require.NoError(t, err)
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "test.Streams",
		HandlerType: (*any)(nil),
		Streams: []grpc.StreamDesc{{
			StreamName: "Open", ClientStreams: true, ServerStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error { return handler(stream) },
		}},
	}, struct{}{})

	ctx, cancel := context.WithCancel(t.Context())
	r := &running{shutdown: cancel, ended: make(chan error, 1), lines: lines}
	go func() { r.ended <- s.Serve(ctx) }()
	r.parse(t, <-lines)
	return r
}

// parse reads the line that tells the addresses.
func (r *running) parse(t *testing.T, line []byte) {
	t.Helper()
	var entry struct {
		Msg   string `json:"msg"`
		GRPC  string `json:"grpc"`
		Admin string `json:"admin"`
		TLS   bool   `json:"tls"`
	}
	require.NoError(t, json.Unmarshal(line, &entry))
	require.Equal(t, "serving", entry.Msg, "%s", line)
	r.grpc, r.admin, r.tls = entry.GRPC, entry.Admin, entry.TLS
}

// end waits for the server to end and returns what Serve returned.
func (r *running) end(t *testing.T) error {
	t.Helper()
	r.shutdown()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(patience):
		require.Fail(t, "the server does not end")
		return nil
	}
}

// logLines hands on the lines of a log; what nobody takes is dropped.
type logLines chan []byte

func (l logLines) Write(line []byte) (int, error) {
	select {
	case l <- append([]byte(nil), line...):
	default:
	}
	return len(line), nil
}

func dial(t *testing.T, address string, creds credentials.TransportCredentials, opts ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	conn, err := grpc.NewClient(address, append(opts, grpc.WithTransportCredentials(creds))...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// open opens a stream and returns it when its handler runs: the handler has to
// send a message first.
func open(t *testing.T, conn *grpc.ClientConn) grpc.ClientStream {
	t.Helper()
	stream, err := newStream(t, conn)
	require.NoError(t, err)
	require.NoError(t, stream.RecvMsg(&emptypb.Empty{}))
	return stream
}

func newStream(t *testing.T, conn *grpc.ClientConn) (grpc.ClientStream, error) {
	t.Helper()
	desc := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	return conn.NewStream(t.Context(), desc, "/test.Streams/Open")
}

// refuse is the handler of tests that open no stream.
func refuse(grpc.ServerStream) error { return nil }
