package client

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

type searchStream = grpc.ServerStreamingServer[logaggv1.SearchLogsResponse]

func testRecord(id int64) *logaggv1.LogRecord {
	return &logaggv1.LogRecord{EntryId: id, Application: "shop", Level: logaggv1.Level_LEVEL_WARN, Timestamp: id, Message: "m"}
}

func testRecords(from, to int64) []*logaggv1.LogRecord {
	var records []*logaggv1.LogRecord
	for id := from; id < to; id++ {
		records = append(records, testRecord(id))
	}
	return records
}

// searchStore answers searches with so many entries, in parts. The cursor is the
// id of the next one.
type searchStore struct {
	entries, part int64
	// fault is asked before each part; an error ends the stream.
	fault func(call int, from int64) error
	calls []*logaggv1.SearchLogsRequest
}

func (s *searchStore) fake() *fakeLogs {
	fake := newFakeLogs()
	fake.search = s.answer
	return fake
}

func (s *searchStore) answer(r *logaggv1.SearchLogsRequest, stream searchStream) error {
	s.calls = append(s.calls, proto.CloneOf(r))
	from, _ := strconv.ParseInt(r.GetCursor(), 10, 64)
	to := s.entries
	if r.GetLimit() > 0 {
		to = min(to, from+r.GetLimit())
	}
	for from < to {
		if s.fault != nil {
			if err := s.fault(len(s.calls), from); err != nil {
				return err
			}
		}
		end := min(to, from+s.part)
		part := &logaggv1.SearchLogsResponse{Entries: testRecords(from, end)}
		if end < s.entries {
			part.NextCursor = strconv.FormatInt(end, 10)
		}
		if err := stream.Send(part); err != nil {
			return err
		}
		from = end
	}
	if s.fault != nil {
		return s.fault(len(s.calls), from)
	}
	return nil
}

// searchAll returns the ids found and the error.
func searchAll(ctx context.Context, c *StreamingClient, search LogSearch, opts ...SearchOption) (ids []int64, err error) {
	for record, err := range c.SearchLogs(ctx, search, opts...) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, record.ID)
	}
	return ids, nil
}

func wantIDs(t *testing.T, got []int64, from, to int64) {
	t.Helper()
	var want []int64
	for id := from; id < to; id++ {
		want = append(want, id)
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %d up to %d", got, from, to)
	}
}

func TestSearchLogsYieldsEachEntry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeLogs()
		fake.search = func(_ *logaggv1.SearchLogsRequest, stream searchStream) error {
			return stream.Send(&logaggv1.SearchLogsResponse{Entries: []*logaggv1.LogRecord{{
				EntryId: 7, Application: "shop", Level: logaggv1.Level_LEVEL_ERROR, Timestamp: 5, Message: "m",
				Fields: map[string]string{"a": "b"}, Category: "payment", Redacted: true,
			}}})
		}
		c, stop := fake.serve(t)
		defer stop()
		want := LogRecord{
			ID: 7, Application: "shop", Level: LevelError, Time: time.Unix(0, 5).UTC(), Message: "m",
			Fields: map[string]string{"a": "b"}, Category: "payment", Redacted: true,
		}
		count := 0
		for record, err := range c.SearchLogs(t.Context(), LogSearch{}) {
			count++
			if diff := cmp.Diff(want, record); diff != "" || err != nil {
				t.Error(diff, err)
			}
		}
		if count != 1 {
			t.Errorf("%d entries", count)
		}
	})
}

func TestSearchLogsSendsTheWholeSearch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		store := &searchStore{}
		c, stop := store.fake().serve(t)
		defer stop()
		field := &FieldMatcher{Name: "host", Operator: queryv1.MatchOperator_MATCH_OPERATOR_REGEX, Value: "web-.*"}
		text := &TextMatcher{Text: "order", IgnoreCase: true}
		search := LogSearch{
			Filter: LogFilter{
				Start: time.Unix(0, 0), End: time.Unix(0, 9), Applications: []string{"a"}, MinimumLevel: LevelWarn,
				Categories: []string{""}, Fields: []*FieldMatcher{field}, Texts: []*TextMatcher{text},
			},
			OldestFirst: true, Limit: 3, Cursor: "5", WaitFor: WaitFor{ProducerID: "p", Sequence: 4, Timeout: time.Second},
		}
		for _, search := range []LogSearch{search, {}} {
			if _, err := searchAll(t.Context(), c, search); err != nil {
				t.Fatal(err)
			}
		}
		want := []*logaggv1.SearchLogsRequest{{
			Filter: &logaggv1.LogFilter{
				StartTime: new(int64(0)), EndTime: new(int64(9)), Applications: []string{"a"},
				MinimumLevel: logaggv1.Level_LEVEL_WARN, Categories: []string{""},
				Fields: []*FieldMatcher{field}, Texts: []*TextMatcher{text},
			},
			Order: logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST, Limit: 3, Cursor: "5",
			WaitFor: &queryv1.WaitFor{ProducerId: "p", Sequence: 4, Timeout: durationpb.New(time.Second)},
		}, {
			Filter: &logaggv1.LogFilter{}, Order: logaggv1.SearchOrder_SEARCH_ORDER_NEWEST_FIRST,
		}}
		if diff := cmp.Diff(want, store.calls, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	})
}

// A search that is cut anywhere yields each entry once, and asks for no more
// than is missing.
func TestSearchLogsGoesOnBehindWhatCame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		store := &searchStore{
			entries: rapid.Int64Range(0, 40).Draw(r, "entries"), part: rapid.Int64Range(1, 7).Draw(r, "part"),
		}
		limit := rapid.Int64Range(0, 50).Draw(r, "limit")
		cuts := rapid.SliceOfN(rapid.Int64Range(0, 40), 0, 8).Draw(r, "cuts")
		store.fault = func(call int, from int64) error {
			if call <= len(cuts) && from >= cuts[call-1] {
				return draining(time.Second, 0)
			}
			return nil
		}
		var got []int64
		next := "unset"
		var err error
		bubble(t, func(t *testing.T) {
			c, stop := store.fake().serve(t, WithRetry(RetryPolicy{MaxAttempts: 10}))
			defer stop()
			got, err = searchAll(t.Context(), c, LogSearch{Limit: limit}, WithNextCursor(&next))
		})
		if err != nil {
			r.Fatal(err)
		}
		want := store.entries
		if limit > 0 {
			want = min(want, limit)
		}
		for i, id := range got {
			if id != int64(i) {
				r.Fatalf("found %v", got)
			}
		}
		wantNext := ""
		if want < store.entries {
			wantNext = strconv.FormatInt(want, 10)
		}
		if int64(len(got)) != want || next != wantNext {
			r.Fatalf("%d entries, want %d; the next cursor is %q, want %q", len(got), want, next, wantNext)
		}
	})
}

func TestSearchLogsGivesUpWithoutProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		store := &searchStore{entries: 30, part: 10, fault: func(call int, from int64) error {
			if call > 1 || from == 20 {
				return draining(time.Second, 0)
			}
			return nil
		}}
		c, stop := store.fake().serve(t, WithRetry(RetryPolicy{MaxAttempts: 3}))
		defer stop()
		ids, err := searchAll(t.Context(), c, LogSearch{})
		wantError(t, err, codes.Unavailable, "DRAINING")
		wantIDs(t, ids, 0, 20)
		if len(store.calls) != 3 || !strings.Contains(err.Error(), "search logs: gave up after 3 attempts") {
			t.Errorf("%d calls, %v", len(store.calls), err)
		}
	})
}

func TestSearchLogsObeysTheReason(t *testing.T) {
	for reason, code := range map[string]codes.Code{
		"FIELD_INVALID": codes.InvalidArgument, "QUERY_TOO_LARGE": codes.ResourceExhausted,
		"POSITION_NOT_REACHED": codes.DeadlineExceeded, "PRODUCER_NOT_FOUND": codes.NotFound,
	} {
		t.Run(reason, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				store := &searchStore{entries: 30, part: 10, fault: func(_ int, from int64) error {
					if from == 10 {
						return fakeError(code, reason, "no")
					}
					return nil
				}}
				c, stop := store.fake().serve(t)
				defer stop()
				ids, err := searchAll(t.Context(), c, LogSearch{})
				wantError(t, err, code, reason)
				wantIDs(t, ids, 0, 10)
				if len(store.calls) != 1 {
					t.Errorf("%d calls", len(store.calls))
				}
			})
		})
	}
}

// A loop that ends early ends the call, and the next one begins anew.
func TestSearchLogsEndsWithItsLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ended := make(chan struct{}, 2)
		fake := newFakeLogs()
		fake.search = func(_ *logaggv1.SearchLogsRequest, stream searchStream) error {
			defer func() { ended <- struct{}{} }()
			for {
				if err := stream.Send(&logaggv1.SearchLogsResponse{Entries: testRecords(0, 5), NextCursor: "5"}); err != nil {
					return err
				}
			}
		}
		c, stop := fake.serve(t)
		defer stop()
		next := "unset"
		search := c.SearchLogs(t.Context(), LogSearch{}, WithNextCursor(&next))
		for range 2 {
			for record, err := range search {
				if err != nil || record.ID != 0 {
					t.Fatalf("entry %d, %v", record.ID, err)
				}
				break
			}
			<-ended
		}
		if next != "unset" {
			t.Errorf("the cursor is %q before a part was yielded whole", next)
		}
	})
}

func TestSearchLogsEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		store := &searchStore{entries: 1, part: 1, fault: func(int, int64) error { return draining(time.Hour, 0) }}
		c, stop := store.fake().serve(t)
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		_, err := searchAll(ctx, c, LogSearch{})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
			t.Errorf("error %v after %s", err, time.Since(begun))
		}
	})
}

// A caller pages with a limit and the cursor that the page before told.
func TestSearchLogsPages(t *testing.T) {
	bubble(t, func(t *testing.T) {
		store := &searchStore{entries: 25, part: 4}
		c, stop := store.fake().serve(t)
		defer stop()
		var all []int64
		pages, cursor := 0, ""
		for {
			ids, err := searchAll(t.Context(), c, LogSearch{Limit: 10, Cursor: cursor}, WithNextCursor(&cursor))
			if err != nil {
				t.Fatal(err)
			}
			all, pages = append(all, ids...), pages+1
			if cursor == "" {
				break
			}
		}
		wantIDs(t, all, 0, 25)
		if pages != 3 {
			t.Errorf("%d pages", pages)
		}
	})
}
