package client

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

func TestLogStatisticsReturnsEachRow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var requests []*logaggv1.GetLogStatisticsRequest
		fake := newFakeLogs()
		fake.statistics = func(r *logaggv1.GetLogStatisticsRequest) (*logaggv1.GetLogStatisticsResponse, error) {
			requests = append(requests, r)
			row := &logaggv1.LogStatistics{
				Level: logaggv1.Level_LEVEL_WARN, Application: "shop", Category: "payment", FieldValues: []string{"web-1"},
				Count: 3, FirstTimestamp: 61e9, LastTimestamp: 62e9,
			}
			if r.GetBucketDuration() > 0 {
				row.StartTime = 60e9
			}
			return &logaggv1.GetLogStatisticsResponse{Statistics: []*logaggv1.LogStatistics{row}}, nil
		}
		c, stop := fake.serve(t)
		defer stop()
		for _, bucket := range []time.Duration{time.Minute, 0} {
			rows, err := c.LogStatistics(t.Context(), LogStatisticsQuery{
				Filter: LogFilter{MinimumLevel: LevelWarn}, ByLevel: true, ByApplication: true, ByCategory: true,
				ByFields: []string{"host"}, Bucket: bucket, WaitFor: WaitFor{ProducerID: "p", Sequence: 1},
			})
			want := LogStatistics{
				Level: LevelWarn, Application: "shop", Category: "payment", FieldValues: []string{"web-1"}, Count: 3,
				First: time.Unix(61, 0).UTC(), Last: time.Unix(62, 0).UTC(),
			}
			if bucket > 0 {
				want.Start = time.Unix(60, 0).UTC()
			}
			if diff := cmp.Diff([]LogStatistics{want}, rows); diff != "" || err != nil {
				t.Error(diff, err)
			}
		}
		want := &logaggv1.GetLogStatisticsRequest{
			Filter:  &logaggv1.LogFilter{MinimumLevel: logaggv1.Level_LEVEL_WARN},
			ByLevel: true, ByApplication: true, ByCategory: true, ByFields: []string{"host"}, BucketDuration: 60e9,
			WaitFor: &queryv1.WaitFor{ProducerId: "p", Sequence: 1},
		}
		if diff := cmp.Diff(want, requests[0], protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDeleteLogsReturnsTheirNumber(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		fake.deletes = func(r *logaggv1.DeleteLogsRequest) (*logaggv1.DeleteLogsResponse, error) {
			if r.GetFilter().StartTime == nil || r.GetFilter().GetStartTime() != 0 {
				return nil, fakeError(codes.InvalidArgument, "FIELD_INVALID", "no condition")
			}
			return &logaggv1.DeleteLogsResponse{DeletedCount: 12}, nil
		}
		c, stop := fake.serve(t)
		defer stop()
		if count, err := c.DeleteLogs(t.Context(), LogFilter{Start: time.Unix(0, 0)}); count != 12 || err != nil {
			t.Errorf("%d, %v", count, err)
		}
		_, err := c.DeleteLogs(t.Context(), LogFilter{})
		wantError(t, err, codes.InvalidArgument, "FIELD_INVALID")
	})
}

func TestFlushLogsTellsOfFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var failure error
		fake := newFakeLogs()
		fake.flush = func() error { return failure }
		c, stop := fake.serve(t)
		defer stop()
		if err := c.FlushLogs(t.Context()); err != nil {
			t.Error(err)
		}
		failure = fakeError(codes.Unavailable, "STORAGE_FAILED", "the disk fails")
		wantError(t, c.FlushLogs(t.Context()), codes.Unavailable, "STORAGE_FAILED")
	})
}

func TestTestRulesTellsWhatBecomesOfEachEntry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var request *logaggv1.TestRulesRequest
		fake := newFakeLogs()
		fake.test = func(r *logaggv1.TestRulesRequest) (*logaggv1.TestRulesResponse, error) {
			request = r
			if r.GetRules() == "broken" {
				return nil, fakeError(codes.InvalidArgument, "FIELD_INVALID", "rules: line 3: no such step")
			}
			hit := &logaggv1.RuleHit{Stage: logaggv1.RuleStage_RULE_STAGE_FILTER, Rule: "no-debug"}
			return &logaggv1.TestRulesResponse{
				Results: []*logaggv1.RuleResult{
					{Outcome: logaggv1.RuleOutcome_RULE_OUTCOME_INDEXED, Entry: testRecord(0)},
					{Outcome: logaggv1.RuleOutcome_RULE_OUTCOME_FILTERED, Hits: []*logaggv1.RuleHit{hit}},
					{Outcome: logaggv1.RuleOutcome_RULE_OUTCOME_REJECTED, Error: &logaggv1.LogError{
						Field: "application", Reason: logaggv1.LogErrorReason_LOG_ERROR_REASON_APPLICATION_INVALID, Description: "why",
					}},
				},
				RuleCounts: []*logaggv1.RuleCount{{Stage: hit.GetStage(), Rule: hit.GetRule(), Count: 1}},
			}, nil
		}
		c, stop := fake.serve(t)
		defer stop()
		got, err := c.TestRules(t.Context(), "rules", []*LogEntry{testEntry(0), testEntry(1), nil})
		if err != nil {
			t.Fatal(err)
		}
		hit := RuleHit{Stage: StageFilter, Rule: "no-debug"}
		want := &RuleTrial{
			Results: []RuleResult{
				{Outcome: RuleIndexed, Record: newLogRecord(testRecord(0)), Hits: []RuleHit{}},
				{Outcome: RuleFiltered, Hits: []RuleHit{hit}},
				{Outcome: RuleRejected, Hits: []RuleHit{}, Rejection: &LogError{
					Entry: 2, Field: "application", Reason: "APPLICATION_INVALID", Description: "why",
				}},
			},
			RuleCounts: []RuleCount{{RuleHit: hit, Count: 1}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		sent := &logaggv1.TestRulesRequest{
			Rules: "rules", Entries: []*logaggv1.LogEntry{testEntry(0).encoded(), testEntry(1).encoded(), {}},
		}
		if diff := cmp.Diff(sent, request, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
		_, err = c.TestRules(t.Context(), "broken", nil)
		wantError(t, err, codes.InvalidArgument, "FIELD_INVALID")
	})
}

func TestRulesHaveTheNamesOfTheirStepsAndOutcomes(t *testing.T) {
	for stage, name := range map[RuleStage]string{
		StageNormalise: "normalise", StageFilter: "filter", StageRedact: "redact", StageClassify: "classify", StageEnrich: "enrich",
	} {
		if stage.String() != name {
			t.Errorf("%d is %q", stage, stage)
		}
	}
	for outcome, name := range map[RuleOutcome]string{RuleIndexed: "indexed", RuleFiltered: "filtered", RuleRejected: "rejected"} {
		if outcome.String() != name {
			t.Errorf("%d is %q", outcome, outcome)
		}
	}
}
