package client

import (
	"context"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// The messages of the log service's streams.
type (
	logFrame   = logaggv1.CollectLogsRequest
	logReceipt = logaggv1.CollectLogsResponse
)

// fakeLogs is a log service in memory.
type fakeLogs struct {
	logaggv1.UnimplementedLogAggregationServiceServer
	*fakeIntake[*logFrame, *logReceipt]

	// search, tail and the others answer the calls that bear their names.
	search     func(r *logaggv1.SearchLogsRequest, stream grpc.ServerStreamingServer[logaggv1.SearchLogsResponse]) error
	tail       func(r *logaggv1.TailLogsRequest, stream grpc.ServerStreamingServer[logaggv1.TailLogsResponse]) error
	statistics func(r *logaggv1.GetLogStatisticsRequest) (*logaggv1.GetLogStatisticsResponse, error)
	deletes    func(r *logaggv1.DeleteLogsRequest) (*logaggv1.DeleteLogsResponse, error)
	flush      func() error
	test       func(r *logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error)
}

func newFakeLogs() *fakeLogs {
	return &fakeLogs{fakeIntake: newFakeIntake(fakeKind[*logFrame, *logReceipt]{
		items:   func(m *logFrame) int { return len(m.GetEntries()) },
		receipt: fakeLogReceipt,
		watch: func(p *streamv1.ProducerPosition) proto.Message {
			return &logaggv1.WatchPositionResponse{Position: p}
		},
	})}
}

// serve returns a client of the server over bufconn. Both end with the returned
// function, which must be called inside the test's bubble.
func (f *fakeLogs) serve(t testing.TB, opts ...Option) (*StreamingClient, func()) {
	t.Helper()
	return f.fakeIntake.serve(t, func(s *grpc.Server) { logaggv1.RegisterLogAggregationServiceServer(s, f) }, opts...)
}

// stored returns the indexed entries of all producers' durable frames, in order
// for each.
func (f *fakeLogs) stored() []*LogEntry {
	var verdict logVerdict
	verdict.judge(f.durable())
	return verdict.indexed
}

func (f *fakeLogs) CollectLogs(stream grpc.ClientStreamingServer[logFrame, logReceipt]) error {
	return f.collect(stream)
}

func (f *fakeLogs) WatchPosition(
	r *logaggv1.WatchPositionRequest, stream grpc.ServerStreamingServer[logaggv1.WatchPositionResponse],
) error {
	return f.watch(r.GetProducerId(), stream)
}

func (f *fakeLogs) SearchLogs(
	r *logaggv1.SearchLogsRequest, stream grpc.ServerStreamingServer[logaggv1.SearchLogsResponse],
) error {
	return f.search(r, stream)
}

func (f *fakeLogs) TailLogs(
	r *logaggv1.TailLogsRequest, stream grpc.ServerStreamingServer[logaggv1.TailLogsResponse],
) error {
	return f.tail(r, stream)
}

func (f *fakeLogs) GetLogStatistics(
	_ context.Context, r *logaggv1.GetLogStatisticsRequest,
) (*logaggv1.GetLogStatisticsResponse, error) {
	return f.statistics(r)
}

func (f *fakeLogs) DeleteLogs(_ context.Context, r *logaggv1.DeleteLogsRequest) (*logaggv1.DeleteLogsResponse, error) {
	return f.deletes(r)
}

func (f *fakeLogs) FlushLogs(context.Context, *logaggv1.FlushLogsRequest) (*logaggv1.FlushLogsResponse, error) {
	return &logaggv1.FlushLogsResponse{}, f.flush()
}

func (f *fakeLogs) TestRules(_ context.Context, r *logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error) {
	return f.test(r)
}

// logVerdict is what became of entries.
type logVerdict struct {
	indexed            []*LogEntry
	filtered, redacted int64
	rejected           []*logaggv1.LogError
}

// judge rejects entries without an application and those without a time, leaves
// out those of level debug, and redacts those whose message has a secret.
func (v *logVerdict) judge(frames []*logFrame) {
	for _, m := range frames {
		for i, e := range m.GetEntries() {
			switch {
			case e.GetApplication() == "":
				v.reject(m, i, "application", logaggv1.LogErrorReason_LOG_ERROR_REASON_APPLICATION_INVALID)
			case e.GetTimestamp() == 0:
				v.reject(m, i, "timestamp", logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_INVALID)
			case e.GetLevel() == "debug":
				v.filtered++
			default:
				if strings.Contains(e.GetMessage(), "secret") {
					v.redacted++
				}
				v.indexed = append(v.indexed, &LogEntry{
					Application: e.GetApplication(), Level: e.GetLevel(), Time: fromUnixNano(e.GetTimestamp()),
					Message: e.GetMessage(), Fields: e.GetFields(),
				})
			}
		}
	}
}

func (v *logVerdict) reject(m *logFrame, index int, field string, reason logaggv1.LogErrorReason) {
	v.rejected = append(v.rejected, &logaggv1.LogError{
		Sequence: m.GetSequence(), Index: int32(index), Field: field, Reason: reason, Description: "why",
	})
}

func fakeLogReceipt(fresh, all []*logFrame, p *fakeReceipt) *logReceipt {
	var stream, epoch logVerdict
	stream.judge(fresh)
	epoch.judge(all)
	indexed, rejected := int64(len(stream.indexed)), int64(len(stream.rejected))
	r := &logReceipt{
		TotalReceived: indexed + stream.filtered + rejected + p.duplicates,
		IndexedCount:  indexed, FilteredCount: stream.filtered, RejectedCount: rejected, DuplicateCount: p.duplicates,
		RedactedCount: stream.redacted, Errors: stream.rejected[:min(100, len(stream.rejected))],
		ErrorCounts: countLogErrors(stream.rejected), Position: p.position, ProducerId: p.producerID,
		EpochTotals: &logaggv1.EpochTotals{
			Epoch: p.epoch, IndexedCount: int64(len(epoch.indexed)), FilteredCount: epoch.filtered,
			RejectedCount: int64(len(epoch.rejected)), RedactedCount: epoch.redacted, ErrorCounts: countLogErrors(epoch.rejected),
		},
	}
	if stream.filtered > 0 {
		r.RuleCounts = []*logaggv1.RuleCount{
			{Stage: logaggv1.RuleStage_RULE_STAGE_FILTER, Rule: "no-debug", Count: stream.filtered},
		}
	}
	return r
}

func countLogErrors(errs []*logaggv1.LogError) []*logaggv1.LogErrorCount {
	var counts []*logaggv1.LogErrorCount
	for _, e := range errs {
		i := slices.IndexFunc(counts, func(c *logaggv1.LogErrorCount) bool { return c.GetReason() == e.GetReason() })
		if i < 0 {
			i = len(counts)
			counts = append(counts, &logaggv1.LogErrorCount{Reason: e.GetReason()})
		}
		counts[i].Count++
	}
	return counts
}
