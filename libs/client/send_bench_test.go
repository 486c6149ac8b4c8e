package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// frameSink takes frames in without looking at them and calls each durable at
// once, so that the client's cost is what is measured.
type frameSink struct {
	durable chan int64
}

// collect returns how many frames a stream has brought.
func (s frameSink) collect(stream grpc.ServerStream) (int64, error) {
	if err := stream.RecvMsg(nil); err != nil {
		return 0, err
	}
	hello, err := proto.Marshal(&streamv1.Hello{Next: 1})
	if err != nil {
		return 0, err
	}
	if err := stream.SendHeader(metadata.Pairs(helloKey, string(hello))); err != nil {
		return 0, err
	}
	for frames := int64(1); ; frames++ {
		if err := stream.RecvMsg(nil); errors.Is(err, io.EOF) {
			return frames - 1, nil
		} else if err != nil {
			return 0, err
		}
		select {
		case s.durable <- frames:
		case <-stream.Context().Done():
			return 0, stream.Context().Err()
		}
	}
}

// watch tells of each frame.
func (s frameSink) watch(ctx context.Context, send func(*streamv1.ProducerPosition) error) error {
	for {
		select {
		case durable := <-s.durable:
			position := &streamv1.Position{Received: durable, Durable: durable}
			if err := send(&streamv1.ProducerPosition{Position: position}); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pointSink takes points in.
type pointSink struct {
	collectorv1.UnimplementedDataCollectionServiceServer
	frameSink

	points int64
}

func (s *pointSink) CollectDataPoints(stream collectStream) error {
	frames, err := s.collect(stream)
	if err != nil {
		return err
	}
	return stream.SendAndClose(&collectorv1.CollectDataPointsResponse{
		Position:    &streamv1.Position{Received: frames, Durable: frames},
		EpochTotals: &collectorv1.EpochTotals{SuccessfulCount: s.points},
	})
}

func (s *pointSink) WatchPosition(
	_ *collectorv1.WatchPositionRequest, stream grpc.ServerStreamingServer[collectorv1.WatchPositionResponse],
) error {
	return s.watch(stream.Context(), func(p *streamv1.ProducerPosition) error {
		return stream.Send(&collectorv1.WatchPositionResponse{Position: p})
	})
}

// logSink takes logs in.
type logSink struct {
	logaggv1.UnimplementedLogAggregationServiceServer
	frameSink

	entries int64
}

func (s *logSink) CollectLogs(stream grpc.ClientStreamingServer[logFrame, logReceipt]) error {
	frames, err := s.collect(stream)
	if err != nil {
		return err
	}
	return stream.SendAndClose(&logReceipt{
		Position:    &streamv1.Position{Received: frames, Durable: frames},
		EpochTotals: &logaggv1.EpochTotals{IndexedCount: s.entries},
	})
}

func (s *logSink) WatchPosition(
	_ *logaggv1.WatchPositionRequest, stream grpc.ServerStreamingServer[logaggv1.WatchPositionResponse],
) error {
	return s.watch(stream.Context(), func(p *streamv1.ProducerPosition) error {
		return stream.Send(&logaggv1.WatchPositionResponse{Position: p})
	})
}

// benchmarkItems is how many items each operation sends.
const benchmarkItems = 100_000

// benchmarkSend sends items over loopback to a server that drops them.
func benchmarkSend[T any](
	b *testing.B, items []T, register func(*grpc.Server), send func(*StreamingClient, <-chan T, SendOption) error,
) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(sinkCodec{newHotCodec()}),
		grpc.StaticStreamWindowSize(256<<10), grpc.StaticConnWindowSize(1<<20))
	register(server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	b.Cleanup(func() { server.Stop(); <-done })
	for _, size := range []int{1, 100, 500, 3000} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			c, err := NewStreamingClient(listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			b.ReportAllocs()
			for b.Loop() {
				feed := make(chan T, 1024)
				go func() {
					defer close(feed)
					for i := range benchmarkItems {
						feed <- items[i%len(items)]
					}
				}()
				if err := send(c, feed, WithBatchSize(size)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(benchmarkItems*b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}

// BenchmarkSendDataPoints sends 100,000 points of ten metrics for each
// operation.
func BenchmarkSendDataPoints(b *testing.B) {
	sink := &pointSink{points: benchmarkItems, frameSink: frameSink{make(chan int64)}}
	register := func(s *grpc.Server) { collectorv1.RegisterDataCollectionServiceServer(s, sink) }
	benchmarkSend(b, benchmarkPoints(0), register, func(c *StreamingClient, points <-chan *DataPoint, opt SendOption) error {
		_, err := c.SendDataPoints(b.Context(), points, opt)
		return err
	})
}

// BenchmarkSendLogs sends 100,000 entries of about 200 bytes for each operation.
func BenchmarkSendLogs(b *testing.B) {
	sink := &logSink{entries: benchmarkItems, frameSink: frameSink{make(chan int64)}}
	register := func(s *grpc.Server) { logaggv1.RegisterLogAggregationServiceServer(s, sink) }
	benchmarkSend(b, benchmarkEntries(), register, func(c *StreamingClient, entries <-chan *LogEntry, opt SendOption) error {
		_, err := c.SendLogs(b.Context(), entries, opt)
		return err
	})
}
