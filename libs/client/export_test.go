package client

import (
	"net"

	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
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
	logaggv1.RegisterLogAggregationServiceServer(server, exampleLogs())
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

// exampleLogs answers searches, tails and statistics with one entry.
func exampleLogs() *fakeLogs {
	fake := newFakeLogs()
	record := &logaggv1.LogRecord{
		EntryId: 1, Application: "shop", Level: logaggv1.Level_LEVEL_ERROR, Timestamp: 1_790_000_000e9,
		Message: "payment of order 4711 failed", Fields: map[string]string{"host": "web-1"}, Category: "payment",
	}
	fake.search = func(_ *logaggv1.SearchLogsRequest, stream grpc.ServerStreamingServer[logaggv1.SearchLogsResponse]) error {
		return stream.Send(&logaggv1.SearchLogsResponse{Entries: []*logaggv1.LogRecord{record}})
	}
	fake.tail = func(_ *logaggv1.TailLogsRequest, stream grpc.ServerStreamingServer[logaggv1.TailLogsResponse]) error {
		return stream.Send(&logaggv1.TailLogsResponse{Entries: []*logaggv1.LogRecord{record}, MissedCount: 2})
	}
	fake.statistics = func(*logaggv1.GetLogStatisticsRequest) (*logaggv1.GetLogStatisticsResponse, error) {
		return &logaggv1.GetLogStatisticsResponse{Statistics: []*logaggv1.LogStatistics{
			{Level: logaggv1.Level_LEVEL_WARN, Count: 12}, {Level: logaggv1.Level_LEVEL_ERROR, Count: 3},
		}}, nil
	}
	fake.test = func(*logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error) {
		return &logaggv1.TestRulesResponse{Results: []*logaggv1.RuleResult{{
			Outcome: logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED,
			Entry:   &logaggv1.LogRecord{Message: "login password=[redacted]", Redacted: true},
			Hits:    []*logaggv1.RuleHit{{Stage: logaggv1.RuleStage_RULE_STAGE_REDACT, Rule: "credentials"}},
		}}}, nil
	}
	return fake
}
