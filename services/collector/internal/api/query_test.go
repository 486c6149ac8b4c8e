package api_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// someMinutes are samples of three series in two minutes.
func someMinutes() []*collectorv1.DataPoint {
	return []*collectorv1.DataPoint{
		sample("a", at(0), "cpu", 1, "dc", "x"),
		sample("b", at(0), "cpu", 10),
		sample("a", at(20*time.Second), "cpu", 3, "dc", "x"),
		sample("a", at(20*time.Second), "mem", 100, "dc", "x"),
		sample("b", at(59*time.Second), "cpu", 20),
		sample("a", at(60*time.Second), "cpu", 5, "dc", "x"),
		sample("b", at(90*time.Second), "cpu", 30),
	}
}

func TestAQueryReturnsWhatItSelects(t *testing.T) {
	h := newHarness(t)
	wait := h.stored(t.Context(), t, someMinutes()...)
	all := []string{
		"a/cpu{dc=x} 0s 1", "b/cpu 0s 10", "a/cpu{dc=x} 20s 3", "a/mem{dc=x} 20s 100", "b/cpu 59s 20", "a/cpu{dc=x} 1m0s 5", "b/cpu 1m30s 30",
	}
	for _, c := range []struct {
		name    string
		request *collectorv1.QueryDataPointsRequest
		want    []string
	}{
		{"everything", &collectorv1.QueryDataPointsRequest{}, all},
		{"a source", &collectorv1.QueryDataPointsRequest{Matchers: matchers(source("b"))}, []string{all[1], all[4], all[6]}},
		{"a source's metric", &collectorv1.QueryDataPointsRequest{Matchers: matchers(source("a"), metricLike("m.*"))}, []string{all[3]}},
		{"no series", &collectorv1.QueryDataPointsRequest{Matchers: matchers(source("c"))}, []string{}},
		{"from a start", &collectorv1.QueryDataPointsRequest{StartTime: new(at(59 * time.Second))}, all[4:]},
		{"to an end", &collectorv1.QueryDataPointsRequest{EndTime: new(at(59 * time.Second))}, all[:4]},
		{"a span", &collectorv1.QueryDataPointsRequest{StartTime: new(at(1)), EndTime: new(at(60 * time.Second))}, all[2:5]},
		{"from 1970", &collectorv1.QueryDataPointsRequest{StartTime: new(int64(0)), EndTime: new(epoch)}, []string{}},
		{"the first", &collectorv1.QueryDataPointsRequest{Limit: 3}, all[:3]},
		{"buckets", &collectorv1.QueryDataPointsRequest{BucketDuration: time.Minute.Nanoseconds(), Matchers: matchers(metricLike("cpu"))}, []string{
			"a/cpu{dc=x} -20s count 2 min 1 max 3 mean 2 first 1 last 3",
			"b/cpu -20s count 1 min 10 max 10 mean 10 first 10 last 10",
			"a/cpu{dc=x} 40s count 1 min 5 max 5 mean 5 first 5 last 5",
			"b/cpu 40s count 2 min 20 max 30 mean 25 first 20 last 30",
		}},
		{"a bucket", &collectorv1.QueryDataPointsRequest{BucketDuration: time.Hour.Nanoseconds(), Limit: 1}, []string{
			"a/cpu{dc=x} -13m20s count 3 min 1 max 5 mean 3 first 1 last 5",
		}},
	} {
		c.request.WaitFor = wait
		got, err := h.query(t.Context(), t, c.request)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got.lines(), c.name)
	}
}

func TestALongAnswerComesInSmallParts(t *testing.T) {
	h := newHarness(t)
	var points []*collectorv1.DataPoint
	for i := range 40_000 {
		points = append(points, sample("a", at(time.Duration(i)*time.Millisecond), "cpu", float64(i)))
	}
	// The definitions of these take more than the samples.
	for i := range 1_000 {
		p := sample(fmt.Sprintf("%04d%s", i, strings.Repeat("s", 251)), at(time.Hour), strings.Repeat("m", 255), 1)
		for tag := range 4 {
			if p.Tags == nil {
				p.Tags = map[string]string{}
			}
			p.Tags[fmt.Sprintf("t%d%s", tag, strings.Repeat("t", 126))] = strings.Repeat("v", 255)
		}
		points = append(points, p)
	}
	got, err := h.query(t.Context(), t, &collectorv1.QueryDataPointsRequest{WaitFor: h.stored(t.Context(), t, points...)})
	require.NoError(t, err)
	require.Equal(t, len(points), got.count())
	require.Len(t, got.series, 1_001)
	require.Greater(t, len(got.parts), 5)

	got, err = h.query(t.Context(), t, &collectorv1.QueryDataPointsRequest{BucketDuration: time.Millisecond.Nanoseconds()})
	require.NoError(t, err)
	require.Equal(t, len(points), got.count(), "each sample has a bucket of its own")
	require.Greater(t, len(got.parts), 5)
}

func TestAQueryThatCannotBe(t *testing.T) {
	h := newHarness(t)
	broken := matchers(source("a"), metricLike("("))
	wait := func(id string, sequence int64, timeout *durationpb.Duration) *queryv1.WaitFor {
		return &queryv1.WaitFor{ProducerId: id, Sequence: sequence, Timeout: timeout}
	}
	for _, c := range []struct {
		request *collectorv1.QueryDataPointsRequest
		field   string
	}{
		{&collectorv1.QueryDataPointsRequest{Matchers: broken}, "matchers[1].value"},
		{&collectorv1.QueryDataPointsRequest{StartTime: new(epoch), EndTime: new(epoch)}, "end_time"},
		{&collectorv1.QueryDataPointsRequest{BucketDuration: 999_999}, "bucket_duration"},
		{&collectorv1.QueryDataPointsRequest{BucketDuration: -1}, "bucket_duration"},
		{&collectorv1.QueryDataPointsRequest{Limit: -1}, "limit"},
		{&collectorv1.QueryDataPointsRequest{WaitFor: wait("", 1, nil)}, "wait_for.producer_id"},
		{&collectorv1.QueryDataPointsRequest{WaitFor: wait("p", 0, nil)}, "wait_for.sequence"},
		{&collectorv1.QueryDataPointsRequest{WaitFor: wait("p", 1, durationpb.New(61*time.Second))}, "wait_for.timeout"},
		{&collectorv1.QueryDataPointsRequest{WaitFor: wait("p", 1, durationpb.New(0))}, "wait_for.timeout"},
		{&collectorv1.QueryDataPointsRequest{WaitFor: wait("p", 1, &durationpb.Duration{Nanos: -1, Seconds: 1})}, "wait_for.timeout"},
	} {
		_, err := h.query(t.Context(), t, c.request)
		require.Equal(t, rpctest.Refusal{Code: codes.InvalidArgument, Reason: "FIELD_INVALID", Field: c.field}, rpctest.RefusalOf(t, err), "%v", c.request)
	}
}

func TestAQueryWaitsForWhatItsCallerWrote(t *testing.T) {
	h := newHarness(t)
	alice, bob := rpctest.As(t.Context(), "acme", "alice"), rpctest.As(t.Context(), "acme", "bob")
	wait := h.stored(alice, t, sample("a", epoch, "cpu", 1))
	got, err := h.query(alice, t, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.NoError(t, err)
	require.Equal(t, 1, got.count())

	_, err = h.query(bob, t, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.Equal(t, rpctest.Refusal{Code: codes.NotFound, Reason: "PRODUCER_NOT_FOUND", Field: "wait_for.producer_id"}, rpctest.RefusalOf(t, err), "it is alice's")

	wait.Sequence++
	wait.Timeout = durationpb.New(time.Millisecond)
	_, err = h.query(alice, t, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.Equal(t, rpctest.Refusal{Code: codes.DeadlineExceeded, Reason: "POSITION_NOT_REACHED"}, rpctest.RefusalOf(t, err))
	late, cancel := context.WithTimeout(alice, 50*time.Millisecond)
	defer cancel()
	wait.Timeout = durationpb.New(time.Minute)
	_, err = h.query(late, t, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.Equal(t, codes.DeadlineExceeded, rpctest.RefusalOf(t, err).Code)
	require.NotEqual(t, "POSITION_NOT_REACHED", rpctest.RefusalOf(t, err).Reason)
}

// endless is a store whose answers never end.
type endless struct {
	core.Store

	reads atomic.Int64
}

func (e *endless) ReadSamples(ctx context.Context, q core.Range, after *core.SampleKey, limit int) (core.Samples, error) {
	e.reads.Add(1)
	next := int64(1)
	if after != nil {
		next = after.Time + 1
	}
	var s core.Samples
	for i := range limit {
		s.Series, s.Timestamps, s.Values = append(s.Series, q.Series[0]), append(s.Timestamps, next+int64(i)), append(s.Values, 1)
	}
	return s, ctx.Err()
}

func TestAClientThatDoesNotReadHoldsNothingUp(t *testing.T) {
	store := &endless{}
	h := openHarness(t, t.TempDir(), func(inner core.Store) core.Store {
		store.Store = inner
		return store
	})
	wait := h.stored(t.Context(), t, sample("a", epoch, "cpu", 1))
	stream, err := h.points.QueryDataPoints(t.Context(), &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.NoError(t, err)
	first, err := stream.Recv()
	require.NoError(t, err)
	require.NotEmpty(t, first.GetSeriesIds())
	h.streams.Drain()
	h.streams.CutAll(t.Context())
	for err == nil {
		_, err = stream.Recv()
	}
	require.Equal(t, rpctest.Refusal{Code: codes.Unavailable, Reason: "DRAINING"}, rpctest.RefusalOf(t, err))
	require.Less(t, store.reads.Load(), int64(100), "the reads wait for the client")
}

func TestACancelledQueryStopsReading(t *testing.T) {
	store := &endless{}
	h := openHarness(t, t.TempDir(), func(inner core.Store) core.Store {
		store.Store = inner
		return store
	})
	wait := h.stored(t.Context(), t, sample("a", epoch, "cpu", 1))
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := h.points.QueryDataPoints(ctx, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	cancel()
	for err == nil {
		_, err = stream.Recv()
	}
	require.Equal(t, codes.Canceled, rpctest.RefusalOf(t, err).Code)
	// The server waits for its handlers, and the test for the server.
}

// stuck is a store whose reads end with their context.
type stuck struct {
	core.Store

	entered chan struct{}
	left    chan error
}

func (s *stuck) read(ctx context.Context) error {
	s.entered <- struct{}{}
	<-ctx.Done()
	s.left <- context.Cause(ctx)
	return errors.New("interrupted")
}

func (s *stuck) ReadSamples(ctx context.Context, _ core.Range, _ *core.SampleKey, _ int) (core.Samples, error) {
	return core.Samples{}, s.read(ctx)
}

func (s *stuck) Statistics(ctx context.Context, _ core.GroupedRange, _ time.Duration, _ int) ([]core.StatisticsRow, error) {
	return nil, s.read(ctx)
}

func (s *stuck) Extents(ctx context.Context, _ []core.SeriesID) ([]core.Extent, error) {
	return nil, s.read(ctx)
}

// reads are the calls that read the store.
func (h *harness) reads(wait *queryv1.WaitFor) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"QueryDataPoints": func(ctx context.Context) error {
			stream, err := h.points.QueryDataPoints(ctx, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		},
		"GetStatistics": func(ctx context.Context) error {
			_, err := h.points.GetStatistics(ctx, &collectorv1.GetStatisticsRequest{WaitFor: wait})
			return err
		},
		"ListSeries": func(ctx context.Context) error {
			_, err := h.points.ListSeries(ctx, &collectorv1.ListSeriesRequest{WaitFor: wait})
			return err
		},
	}
}

func TestTheEndOfACallInterruptsTheStore(t *testing.T) {
	for _, call := range []string{"QueryDataPoints", "GetStatistics", "ListSeries"} {
		t.Run(call, func(t *testing.T) {
			store := &stuck{entered: make(chan struct{}), left: make(chan error, 1)}
			h := openHarness(t, t.TempDir(), func(inner core.Store) core.Store {
				store.Store = inner
				return store
			})
			read := h.reads(h.stored(t.Context(), t, sample("a", epoch, "cpu", 1)))[call]
			ended := make(chan error, 1)

			ctx, cancel := context.WithCancel(t.Context())
			go func() { ended <- read(ctx) }()
			<-store.entered
			cancel()
			require.ErrorIs(t, <-store.left, context.Canceled)
			require.Equal(t, codes.Canceled, rpctest.RefusalOf(t, <-ended).Code)

			go func() { ended <- read(t.Context()) }()
			<-store.entered
			h.streams.CutAll(t.Context())
			require.ErrorContains(t, <-store.left, "shutting down")
			require.Equal(t, rpctest.Refusal{Code: codes.Unavailable, Reason: "DRAINING"}, rpctest.RefusalOf(t, <-ended))
		})
	}
}

// interrupted is a store that calls between before each page but the first.
type interrupted struct {
	core.Store

	between func()
}

func (i *interrupted) ReadSamples(ctx context.Context, q core.Range, after *core.SampleKey, limit int) (core.Samples, error) {
	if after != nil {
		i.between()
	}
	return i.Store.ReadSamples(ctx, q, after, limit)
}

func TestASeriesThatIsDeletedDuringAQueryIsLeftOutFromThenOn(t *testing.T) {
	store := &interrupted{}
	h := openHarness(t, t.TempDir(), func(inner core.Store) core.Store {
		store.Store = inner
		return store
	})
	store.between = func() {
		_, err := h.points.DeleteDataPoints(t.Context(), &collectorv1.DeleteDataPointsRequest{Matchers: matchers(source("b"))})
		require.NoError(t, err)
	}
	const each = 12_000
	var points []*collectorv1.DataPoint
	for i := range each {
		points = append(points, sample("a", at(time.Duration(i)), "cpu", 1), sample("b", at(time.Duration(i)), "cpu", 1))
	}
	got, err := h.query(t.Context(), t, &collectorv1.QueryDataPointsRequest{WaitFor: h.stored(t.Context(), t, points...)})
	require.NoError(t, err)
	of := map[string]int{}
	for _, id := range got.places() {
		of[got.series[id].GetSource()]++
	}
	require.Equal(t, each, of["a"])
	require.Positive(t, of["b"])
	require.Less(t, of["b"], each)
}
