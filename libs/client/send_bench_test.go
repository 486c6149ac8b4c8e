package client

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// pointSink takes frames in without looking at them and calls each durable at
// once, so that the client's cost is what is measured.
type pointSink struct {
	collectorv1.UnimplementedDataCollectionServiceServer

	points  int64
	durable chan int64
}

func (s *pointSink) CollectDataPoints(stream collectStream) error {
	if err := stream.RecvMsg(nil); err != nil {
		return err
	}
	hello, err := proto.Marshal(&streamv1.Hello{Next: 1})
	if err != nil {
		return err
	}
	if err := stream.SendHeader(metadata.Pairs(helloKey, string(hello))); err != nil {
		return err
	}
	for frames := int64(1); ; frames++ {
		if err := stream.RecvMsg(nil); errors.Is(err, io.EOF) {
			position := &streamv1.Position{Received: frames - 1, Durable: frames - 1}
			totals := &collectorv1.EpochTotals{SuccessfulCount: s.points}
			return stream.SendAndClose(&collectorv1.CollectDataPointsResponse{Position: position, EpochTotals: totals})
		} else if err != nil {
			return err
		}
		select {
		case s.durable <- frames:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func (s *pointSink) WatchPosition(
	_ *collectorv1.WatchPositionRequest, stream grpc.ServerStreamingServer[collectorv1.WatchPositionResponse],
) error {
	for {
		select {
		case durable := <-s.durable:
			position := &streamv1.ProducerPosition{Position: &streamv1.Position{Received: durable, Durable: durable}}
			if err := stream.Send(&collectorv1.WatchPositionResponse{Position: position}); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

// BenchmarkSendDataPoints sends 100,000 points of ten metrics for each
// operation, over loopback to a server that drops them.
func BenchmarkSendDataPoints(b *testing.B) {
	const count = 100_000
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(sinkCodec{newHotCodec()}),
		grpc.StaticStreamWindowSize(256<<10), grpc.StaticConnWindowSize(1<<20))
	collectorv1.RegisterDataCollectionServiceServer(server, &pointSink{points: count, durable: make(chan int64)})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	b.Cleanup(func() { server.Stop(); <-done })
	points := benchmarkPoints(0)
	for _, size := range []int{1, 100, 500, 3000} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			c, err := NewStreamingClient(listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			b.ReportAllocs()
			for b.Loop() {
				feed := make(chan *DataPoint, 1024)
				go func() {
					defer close(feed)
					for i := range count {
						feed <- points[i%len(points)]
					}
				}()
				if _, err := c.SendDataPoints(b.Context(), feed, WithBatchSize(size)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "points/s")
		})
	}
}
