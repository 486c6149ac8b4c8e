package cli_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

// logService is a log service in memory that remembers what it was asked for.
// Set its fields before it gets calls.
type logService struct {
	*fakeserver.Logs

	addr string
	// tailed are the parts that a tail gets.
	tailed []*logaggv1.TailLogsResponse
	// counted are the rows of statistics; nil to count what is stored.
	counted []*logaggv1.LogStatistics
	// noAdmin refuses what wants the scope logs:admin.
	noAdmin bool

	mu       sync.Mutex
	searched *logaggv1.SearchLogsRequest
	grouped  *logaggv1.GetLogStatisticsRequest
	deleted  *logaggv1.LogFilter
	flushed  int
	rules    string
}

func startLogs(t *testing.T, prepare ...func(*logService)) *logService {
	t.Helper()
	s := &logService{Logs: fakeserver.NewLogs()}
	for _, do := range prepare {
		do(s)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.addr = listener.Addr().String()
	server := grpc.NewServer()
	logaggv1.RegisterLogAggregationServiceServer(server, s)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	return s
}

// remember does something under the lock.
func (s *logService) remember(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *logService) SearchLogs(r *logaggv1.SearchLogsRequest, stream grpc.ServerStreamingServer[logaggv1.SearchLogsResponse]) error {
	s.remember(func() { s.searched = proto.CloneOf(r) })
	return s.Logs.SearchLogs(r, stream)
}

func (s *logService) GetLogStatistics(ctx context.Context, r *logaggv1.GetLogStatisticsRequest) (*logaggv1.GetLogStatisticsResponse, error) {
	s.remember(func() { s.grouped = proto.CloneOf(r) })
	if s.counted == nil {
		return s.Logs.GetLogStatistics(ctx, r)
	}
	return &logaggv1.GetLogStatisticsResponse{Statistics: s.counted}, nil
}

func (s *logService) DeleteLogs(_ context.Context, r *logaggv1.DeleteLogsRequest) (*logaggv1.DeleteLogsResponse, error) {
	s.remember(func() { s.deleted = proto.CloneOf(r.GetFilter()) })
	return &logaggv1.DeleteLogsResponse{DeletedCount: 2}, nil
}

func (s *logService) FlushLogs(context.Context, *logaggv1.FlushLogsRequest) (*logaggv1.FlushLogsResponse, error) {
	s.remember(func() { s.flushed++ })
	return &logaggv1.FlushLogsResponse{}, nil
}

// TailLogs sends its parts and then nothing more.
func (s *logService) TailLogs(_ *logaggv1.TailLogsRequest, stream grpc.ServerStreamingServer[logaggv1.TailLogsResponse]) error {
	for _, part := range append([]*logaggv1.TailLogsResponse{{}}, s.tailed...) {
		if err := stream.Send(part); err != nil {
			return err
		}
	}
	<-stream.Context().Done()
	return nil
}

// TestRules leaves out what has the word health, redacts numbers, and rejects
// what has the word bad.
func (s *logService) TestRules(_ context.Context, r *logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error) {
	if s.noAdmin {
		return nil, fakeserver.Problem(codes.PermissionDenied, "PERMISSION_DENIED", "", "the credentials lack the scope logs:admin")
	}
	s.remember(func() { s.rules = r.GetRules() })
	if strings.Contains(r.GetRules(), "broken") {
		return nil, fakeserver.Problem(codes.InvalidArgument, "FIELD_INVALID", "rules", "rules: line 3: filter has no rule called broken\nline 5: no")
	}
	counts := []*logaggv1.RuleCount{
		{Stage: logaggv1.RuleStage_RULE_STAGE_FILTER, Rule: "health"},
		{Stage: logaggv1.RuleStage_RULE_STAGE_REDACT, Rule: "number"},
	}
	answer := &logaggv1.TestRulesResponse{RuleCounts: counts}
	for _, e := range r.GetEntries() {
		answer.Results = append(answer.Results, tried(e, counts))
	}
	return answer, nil
}

func tried(e *logaggv1.LogEntry, counts []*logaggv1.RuleCount) *logaggv1.RuleResult {
	switch {
	case strings.Contains(e.GetMessage(), "bad"):
		return &logaggv1.RuleResult{Outcome: logaggv1.RuleOutcome_RULE_OUTCOME_REJECTED, Error: &logaggv1.LogError{
			Field: "timestamp", Reason: logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_TOO_OLD, Description: "is too old",
		}}
	case strings.Contains(e.GetMessage(), "health"):
		counts[0].Count++
		return &logaggv1.RuleResult{Outcome: logaggv1.RuleOutcome_RULE_OUTCOME_FILTERED, Hits: []*logaggv1.RuleHit{
			{Stage: counts[0].GetStage(), Rule: counts[0].GetRule()},
		}}
	}
	counts[1].Count++
	return &logaggv1.RuleResult{
		Outcome: logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED,
		Entry: &logaggv1.LogRecord{
			Application: e.GetApplication(), Level: logaggv1.Level_LEVEL_INFO, Timestamp: e.GetTimestamp(),
			Message: strings.ReplaceAll(e.GetMessage(), "1", "#"), Redacted: true,
		},
		Hits: []*logaggv1.RuleHit{{Stage: counts[1].GetStage(), Rule: counts[1].GetRule()}},
	}
}

// unmarshalText reads a message as it is written in a test.
func unmarshalText(text string, into proto.Message) error {
	return prototext.Unmarshal([]byte(text), into)
}
