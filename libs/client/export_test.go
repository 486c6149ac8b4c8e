package client

import (
	"net"

	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// ServeExample runs a server for the examples on a free port of the loopback
// interface.
func ServeExample() (target string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(8 << 20))
	fileuploadv1.RegisterFileUploadServiceServer(server, newFakeServer())
	collectorv1.RegisterDataCollectionServiceServer(server, exampleCollector())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	return listener.Addr().String(), func() { server.Stop(); <-done }, nil
}

// exampleCollector answers queries with one bucket.
func exampleCollector() *fakeCollector {
	fake := newFakeCollector()
	fake.query = func(stream grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse]) error {
		return stream.Send(&collectorv1.QueryDataPointsResponse{
			Series:  []*Series{{SeriesId: 1, Source: "web-1", Metric: "cpu"}},
			Buckets: []*collectorv1.SampleBucket{{SeriesId: 1, StartTime: 1_790_000_000e9, Count: 60, Mean: 29.5, Max: 59}},
		})
	}
	return fake
}
