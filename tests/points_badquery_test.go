package tests

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// badQuery is a call that is refused.
type badQuery struct {
	name   string
	call   pointCall
	field  string
	code   codes.Code
	reason string
}

// pointCall makes a call to the service.
type pointCall func(context.Context, pointsPeer) error

func (c pointCall) of(p pointsPeer) func(context.Context) error {
	return func(ctx context.Context) error { return c(ctx, p) }
}

func TestBadQueriesAreRefused(t *testing.T) {
	s := startCollector(t)
	ctx := bounded(t)
	_, err := s.deliver(ctx, producer("known", 0), numberedFrame(1, tick("kept", 1)))
	require.NoError(t, err)
	tests := append(badSelections(), badMatchers()...)
	tests = append(tests, badWaits()...)
	tests = append(tests, badLists()...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := requireRefused(t, tt.call(ctx, s.pointsPeer), tt.code, tt.reason)
			require.Equal(t, tt.field, r.field)
		})
	}
	want := stored{}
	want.take(tick("kept", 1))
	s.requireQueried(ctx, t, want, selection{}, waitFor("known", 1))
}

func fieldInvalid(name, field string, call pointCall) badQuery {
	return badQuery{name: name, call: call, field: field, code: codes.InvalidArgument, reason: "FIELD_INVALID"}
}

func querying(request *collectorv1.QueryDataPointsRequest) pointCall {
	return func(ctx context.Context, p pointsPeer) error {
		_, err := p.query(ctx, request)
		return err
	}
}

func summing(request *collectorv1.GetStatisticsRequest) pointCall {
	return func(ctx context.Context, p pointsPeer) error {
		_, err := p.points.GetStatistics(ctx, request)
		return err
	}
}

func deleting(request *collectorv1.DeleteDataPointsRequest) pointCall {
	return func(ctx context.Context, p pointsPeer) error {
		_, err := p.points.DeleteDataPoints(ctx, request)
		return err
	}
}

func badSelections() []badQuery {
	all := []*collectorv1.SeriesMatcher{sourceMatcher(queryv1.MatchOperator_MATCH_OPERATOR_REGEX, ".*")}
	return []badQuery{
		fieldInvalid("query_ends_before_it_begins", "end_time",
			querying(&collectorv1.QueryDataPointsRequest{StartTime: new(int64(2)), EndTime: new(int64(1))})),
		fieldInvalid("statistics_of_no_time", "end_time",
			summing(&collectorv1.GetStatisticsRequest{StartTime: new(int64(1)), EndTime: new(int64(1))})),
		fieldInvalid("delete_of_no_time", "end_time",
			deleting(&collectorv1.DeleteDataPointsRequest{Matchers: all, StartTime: new(int64(1)), EndTime: new(int64(1))})),
		fieldInvalid("delete_of_nothing_named", "matchers", deleting(&collectorv1.DeleteDataPointsRequest{})),
		fieldInvalid("short_bucket", "bucket_duration", querying(&collectorv1.QueryDataPointsRequest{BucketDuration: 999_999})),
		fieldInvalid("negative_bucket", "bucket_duration", summing(&collectorv1.GetStatisticsRequest{BucketDuration: -1})),
		fieldInvalid("negative_limit", "limit", querying(&collectorv1.QueryDataPointsRequest{Limit: -1})),
		fieldInvalid("many_group_tags", "by_tags",
			summing(&collectorv1.GetStatisticsRequest{ByTags: strings.Split("a b c d e f g h i", " ")})),
		fieldInvalid("repeated_group_tag", "by_tags[1]", summing(&collectorv1.GetStatisticsRequest{ByTags: []string{"a", "a"}})),
		fieldInvalid("group_tag_that_is_no_name", "by_tags[0]", summing(&collectorv1.GetStatisticsRequest{ByTags: []string{"1"}})),
	}
}

func badMatchers() []badQuery {
	with := func(m *collectorv1.SeriesMatcher) pointCall {
		return querying(&collectorv1.QueryDataPointsRequest{Matchers: []*collectorv1.SeriesMatcher{
			sourceMatcher(queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, "a"), m,
		}})
	}
	equal, regex := queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, queryv1.MatchOperator_MATCH_OPERATOR_REGEX
	return []badQuery{
		fieldInvalid("matcher_without_target", "matchers[1].target", with(&collectorv1.SeriesMatcher{Operator: equal})),
		fieldInvalid("matcher_without_operator", "matchers[1].operator", with(sourceMatcher(0, "a"))),
		fieldInvalid("matcher_of_unknown_operator", "matchers[1].operator", with(sourceMatcher(99, "a"))),
		fieldInvalid("matcher_of_no_tag", "matchers[1].tag",
			with(&collectorv1.SeriesMatcher{Target: collectorv1.SeriesTarget_SERIES_TARGET_TAG, Operator: equal})),
		fieldInvalid("pattern_that_is_none", "matchers[1].value", with(sourceMatcher(regex, "("))),
		fieldInvalid("pattern_that_is_two", "matchers[1].value", with(sourceMatcher(regex, "a)(b"))),
		fieldInvalid("pattern_that_is_huge", "matchers[1].value", with(sourceMatcher(regex, "((a{100}){100}){100}"))),
		fieldInvalid("long_value", "matchers[1].value", with(sourceMatcher(equal, strings.Repeat("a", 1001)))),
	}
}

func badWaits() []badQuery {
	with := func(w *queryv1.WaitFor) pointCall {
		return querying(&collectorv1.QueryDataPointsRequest{WaitFor: w})
	}
	timeout := func(d time.Duration) *queryv1.WaitFor {
		return &queryv1.WaitFor{ProducerId: "known", Sequence: 2, Timeout: durationpb.New(d)}
	}
	return []badQuery{
		fieldInvalid("wait_for_nobody", "wait_for.producer_id", with(waitFor("", 1))),
		fieldInvalid("wait_for_bad_name", "wait_for.producer_id", with(waitFor("a b", 1))),
		fieldInvalid("wait_for_no_frame", "wait_for.sequence", with(waitFor("known", 0))),
		fieldInvalid("wait_too_long", "wait_for.timeout", with(timeout(61*time.Second))),
		fieldInvalid("wait_backwards", "wait_for.timeout", with(timeout(-time.Second))),
		{"wait_for_a_stranger", with(waitFor("stranger", 1)), "wait_for.producer_id", codes.NotFound, "PRODUCER_NOT_FOUND"},
		{"wait_in_vain", with(timeout(30 * time.Millisecond)), "", codes.DeadlineExceeded, "POSITION_NOT_REACHED"},
		{"statistics_in_vain", summing(&collectorv1.GetStatisticsRequest{WaitFor: timeout(30 * time.Millisecond)}), "", codes.DeadlineExceeded, "POSITION_NOT_REACHED"},
	}
}

func badLists() []badQuery {
	list := func(request *collectorv1.ListSeriesRequest) pointCall {
		return func(ctx context.Context, p pointsPeer) error {
			_, err := p.points.ListSeries(ctx, request)
			return err
		}
	}
	position := func(id string) pointCall {
		return func(ctx context.Context, p pointsPeer) error {
			_, err := p.positionOf(ctx, id)
			return err
		}
	}
	watch := func(ctx context.Context, p pointsPeer) error {
		w, err := p.watchPosition(ctx, "")
		if err != nil {
			return err
		}
		_, err = w.next()
		return err
	}
	return []badQuery{
		fieldInvalid("large_page", "page_size", list(&collectorv1.ListSeriesRequest{PageSize: 1001})),
		fieldInvalid("negative_page", "page_size", list(&collectorv1.ListSeriesRequest{PageSize: -1})),
		fieldInvalid("foreign_cursor", "cursor", list(&collectorv1.ListSeriesRequest{Cursor: "abc"})),
		fieldInvalid("position_of_nobody", "producer_id", position("")),
		fieldInvalid("watch_of_nobody", "producer_id", watch),
		{"position_of_a_stranger", position("stranger"), "producer_id", codes.NotFound, "PRODUCER_NOT_FOUND"},
	}
}
