package fakeserver

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// await knows no waiting: what was taken in is seen at once.
func (l *Logs) await(w *queryv1.WaitFor) error {
	if w == nil {
		return nil
	}
	p := l.producers[w.GetProducerId()]
	switch {
	case w.GetSequence() < 1:
		return Problem(codes.InvalidArgument, "FIELD_INVALID", "wait_for.sequence", "frames are numbered from 1")
	case p == nil:
		return Problem(codes.NotFound, "PRODUCER_NOT_FOUND", "wait_for.producer_id", "there is no such producer")
	case p.sequence < w.GetSequence():
		return Problem(codes.DeadlineExceeded, "POSITION_NOT_REACHED", "wait_for", "it took too long")
	}
	return nil
}

// selected returns entries, oldest first.
func (l *Logs) selected(f *logaggv1.LogFilter) []*logaggv1.LogRecord {
	var found []*logaggv1.LogRecord
	for _, e := range l.entries {
		if isSelected(e, f) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *logaggv1.LogRecord) int {
		return cmp.Or(cmp.Compare(a.GetTimestamp(), b.GetTimestamp()), cmp.Compare(a.GetEntryId(), b.GetEntryId()))
	})
	return found
}

func isSelected(e *logaggv1.LogRecord, f *logaggv1.LogFilter) bool {
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if f != nil && f.StartTime != nil {
		from = f.GetStartTime()
	}
	if f != nil && f.EndTime != nil {
		to = f.GetEndTime()
	}
	switch {
	case e.GetTimestamp() < from || e.GetTimestamp() >= to, e.GetLevel() < f.GetMinimumLevel(),
		len(f.GetApplications()) > 0 && !slices.Contains(f.GetApplications(), e.GetApplication()),
		slices.ContainsFunc(f.GetTexts(), func(t *logaggv1.TextMatcher) bool {
			return strings.Contains(e.GetMessage(), t.GetText()) == t.GetNegated()
		}),
		slices.ContainsFunc(f.GetFields(), func(m *logaggv1.FieldMatcher) bool { return e.GetFields()[m.GetName()] != m.GetValue() }):
		return false
	}
	return true
}

// SearchLogs sends entries two at a time. It knows no cursors.
func (l *Logs) SearchLogs(r *logaggv1.SearchLogsRequest, stream grpc.ServerStreamingServer[logaggv1.SearchLogsResponse]) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.await(r.GetWaitFor()); err != nil {
		return err
	}
	found := l.selected(r.GetFilter())
	if r.GetOrder() != logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST {
		slices.Reverse(found)
	}
	if limit := int(r.GetLimit()); limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	for part := range slices.Chunk(found, 2) {
		if err := stream.Send(&logaggv1.SearchLogsResponse{Entries: part}); err != nil {
			return err
		}
	}
	return nil
}

// GetLogStatistics counts by level and application.
func (l *Logs) GetLogStatistics(_ context.Context, r *logaggv1.GetLogStatisticsRequest) (*logaggv1.GetLogStatisticsResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.await(r.GetWaitFor()); err != nil {
		return nil, err
	}
	type group struct {
		level       logaggv1.Level
		application string
	}
	rows := map[group]*logaggv1.LogStatistics{}
	answer := &logaggv1.GetLogStatisticsResponse{}
	for _, e := range l.selected(r.GetFilter()) {
		var of group
		if r.GetByLevel() {
			of.level = e.GetLevel()
		}
		if r.GetByApplication() {
			of.application = e.GetApplication()
		}
		row := rows[of]
		if row == nil {
			row = &logaggv1.LogStatistics{Level: of.level, Application: of.application, FirstTimestamp: e.GetTimestamp()}
			rows[of] = row
			answer.Statistics = append(answer.Statistics, row)
		}
		row.Count++
		row.LastTimestamp = e.GetTimestamp()
	}
	slices.SortFunc(answer.GetStatistics(), func(a, b *logaggv1.LogStatistics) int {
		return cmp.Or(cmp.Compare(a.GetLevel(), b.GetLevel()), cmp.Compare(a.GetApplication(), b.GetApplication()))
	})
	return answer, nil
}

// TestRules has no rules.
func (l *Logs) TestRules(context.Context, *logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error) {
	return &logaggv1.TestRulesResponse{}, nil
}
