package compression_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/test/bufconn"

	"github.com/sluice-ingest/sluice/libs/compression"
)

func TestMain(m *testing.M) {
	compression.Register()
	for _, name := range names {
		encoding.RegisterCompressor(forging{encoding.GetCompressor(name)})
	}
	m.Run()
}

var names = []string{compression.Gzip, compression.Zstd}

// limit is the largest message of the server and client under test.
const limit = 1 << 20

// forged begins a message that is sent as compressed as it goes on, whatever that
// is.
var forged = []byte("forged:")

// forging is a compressor that sends forged messages.
type forging struct {
	encoding.Compressor
}

func (f forging) Compress(w io.Writer) (io.WriteCloser, error) {
	return &forgery{compressor: f.Compressor, to: w}, nil
}

type forgery struct {
	bytes.Buffer

	compressor encoding.Compressor
	to         io.Writer
}

func (f *forgery) Close() error {
	if raw, is := bytes.CutPrefix(f.Bytes(), forged); is {
		_, err := f.to.Write(raw)
		return err
	}
	w, err := f.compressor.Compress(f.to)
	if err != nil {
		return err
	}
	if _, err := w.Write(f.Bytes()); err != nil {
		return err
	}
	return w.Close()
}

// plain is a codec of []byte.
type plain struct{}

func (plain) Name() string                  { return "plain" }
func (plain) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (plain) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = bytes.Clone(data)
	return nil
}

// dial serves an echo until the test ends.
func dial(t testing.TB) *grpc.ClientConn {
	t.Helper()
	server := grpc.NewServer(grpc.ForceServerCodec(plain{}), grpc.MaxRecvMsgSize(limit), grpc.UnknownServiceHandler(echo))
	listener := bufconn.Listen(1 << 20)
	go func() { _ = server.Serve(listener) }()
	connection, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(plain{}), grpc.MaxCallRecvMsgSize(limit)))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, connection.Close())
		server.Stop()
	})
	return connection
}

func echo(_ any, stream grpc.ServerStream) error {
	for {
		var message []byte
		if err := stream.RecvMsg(&message); err != nil {
			return nil //nolint:nilerr // grpc-go has told the client
		}
		if err := stream.SendMsg(&message); err != nil {
			return err
		}
	}
}

// send sends a message and returns the server's answer to it.
func send(ctx context.Context, connection *grpc.ClientConn, name string, message []byte) (answer []byte, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/test/Echo", grpc.UseCompressor(name))
	if err != nil {
		return nil, err
	}
	if err := stream.SendMsg(&message); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	err = stream.RecvMsg(&answer)
	return answer, err
}

// compressed is data in a compression, by other settings than ours.
func compressed(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	if name == compression.Gzip {
		w, err = gzip.NewWriterLevel(&out, gzip.BestCompression)
	} else {
		w, err = zstd.NewWriter(&out, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	}
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// forgery of a message.
func forge(raw []byte) []byte { return append(bytes.Clone(forged), raw...) }
