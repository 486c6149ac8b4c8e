package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/stats"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/compression"
)

// wireWatch notes how requests come over the wire.
type wireWatch struct {
	mu sync.Mutex
	// compression is that of the last call; bytes and plain are summed up.
	compression  string
	bytes, plain int
}

func (w *wireWatch) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (w *wireWatch) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (w *wireWatch) HandleConn(context.Context, stats.ConnStats)                       {}

func (w *wireWatch) HandleRPC(_ context.Context, event stats.RPCStats) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch event := event.(type) {
	case *stats.InHeader:
		w.compression = event.Compression
	case *stats.InPayload:
		w.bytes += event.CompressedLength
		w.plain += event.Length
	}
}

func TestMessagesAreCompressedAsTheClientSays(t *testing.T) {
	compression.Register() // Before the server: see WithCompression.
	content := bytes.Repeat([]byte("the same line again\n"), 50_000)
	for _, c := range []Compression{NoCompression, Gzip, Zstd} {
		watch := &wireWatch{}
		client, err := NewStreamingClient(serveWatched(t, watch, content), WithCompression(c))
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := client.Upload(t.Context(), "a.txt", bytes.NewReader(content), int64(len(content)))
		if err != nil || receipt.Size != int64(len(content)) {
			t.Fatalf("%q: %v, %v", c, receipt, err)
		}
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		watch.mu.Lock()
		if watch.compression != string(c) {
			t.Errorf("messages came in %q, want %q", watch.compression, c)
		}
		if smaller := watch.bytes < watch.plain/10; smaller != (c != NoCompression) {
			t.Errorf("%q: %d bytes of %d came over the wire", c, watch.bytes, watch.plain)
		}
		watch.mu.Unlock()
	}
}

// watchedSink is a sink whose messages are counted.
type watchedSink struct {
	fileuploadv1.UnimplementedFileUploadServiceServer

	receipt *fileuploadv1.UploadFileResponse
}

func (s *watchedSink) UploadFile(stream fileuploadv1.FileUploadService_UploadFileServer) error {
	for {
		if _, err := stream.Recv(); errors.Is(err, io.EOF) {
			return stream.SendAndClose(s.receipt)
		} else if err != nil {
			return err
		}
	}
}

func serveWatched(t *testing.T, watch *wireWatch, data []byte) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.StatsHandler(watch))
	fileuploadv1.RegisterFileUploadServiceServer(server, &watchedSink{receipt: &fileuploadv1.UploadFileResponse{
		TotalSize: int64(len(data)), Checksum: hexSum(data),
	}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() { server.Stop(); <-done })
	return listener.Addr().String()
}

// benchFrames are frames as services send them: of 1,000 points of five metrics,
// and of 1,000 entries.
func benchFrames(b *testing.B) map[string][]byte {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	points, logs := &collectorv1.CollectDataPointsRequest{}, &logaggv1.CollectLogsRequest{}
	at := int64(1_790_000_000_000_000_000)
	for i := range 1000 {
		at += 900_000 + random.Int64N(200_000)
		points.Points = append(points.Points, &collectorv1.DataPoint{
			Source: fmt.Sprintf("host-%03d", i%50), Timestamp: at, Tags: map[string]string{"dc": "eu-1", "rack": fmt.Sprint(i % 8)},
			Metrics: map[string]float64{
				"cpu.user": random.Float64() * 100, "cpu.system": random.Float64() * 20, "mem.used": float64(random.IntN(1 << 34)),
				"net.in": float64(random.IntN(1 << 20)), "disk.free": 123456789,
			},
		})
		logs.Entries = append(logs.Entries, &logaggv1.LogEntry{
			Application: "shop", Level: "info", Timestamp: at,
			Message: fmt.Sprintf("GET /orders/%d answered 200 in %d ms for user %08x", random.IntN(100_000), random.IntN(900), random.Uint32()),
			Fields:  map[string]string{"request_id": fmt.Sprintf("%016x", random.Uint64()), "host": fmt.Sprintf("web-%d", i%20)},
		})
	}
	frames := map[string][]byte{"random": randomBytes(256 << 10)}
	for name, message := range map[string]proto.Message{"points": points, "logs": logs} {
		encoded, err := proto.Marshal(message)
		if err != nil {
			b.Fatal(err)
		}
		frames[name] = encoded
	}
	return frames
}

func BenchmarkCompression(b *testing.B) {
	compression.Register()
	for kind, frame := range benchFrames(b) {
		for _, c := range []Compression{Gzip, Zstd} {
			compressor := encoding.GetCompressor(string(c))
			var wire bytes.Buffer
			b.Run(fmt.Sprintf("%s/%s/compress", kind, c), func(b *testing.B) {
				b.SetBytes(int64(len(frame)))
				b.ReportAllocs()
				for b.Loop() {
					wire.Reset()
					w, err := compressor.Compress(&wire)
					if err == nil {
						_, err = w.Write(frame)
					}
					if err = errors.Join(err, w.Close()); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(frame))/float64(wire.Len()), "ratio")
			})
			b.Run(fmt.Sprintf("%s/%s/decompress", kind, c), func(b *testing.B) {
				b.SetBytes(int64(len(frame)))
				b.ReportAllocs()
				for b.Loop() {
					r, err := compressor.Decompress(mem.BufferSlice{mem.SliceBuffer(wire.Bytes())}.Reader())
					if err == nil {
						_, err = io.Copy(io.Discard, r)
					}
					if err = errors.Join(err, r.(io.Closer).Close()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
