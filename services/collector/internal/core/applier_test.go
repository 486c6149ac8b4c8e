package core_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/storage"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
)

var agent = producer.Key{Tenant: "acme", Subject: "agent", ProducerID: "p"}

// began is the first timestamp of the tests' points.
const began = int64(1_700_000_000_000_000_000)

// rig is a collector and an applier over a folder.
type rig struct {
	store     *faultyStore
	journal   *faultyJournal
	index     *core.Index
	writer    *core.Writer
	producers *producer.Producers
	collector *core.Collector
	applier   *apply.Applier
	failures  atomic.Int64

	stop  context.CancelFunc
	ended chan error
}

// openRig opens the folder and, if wanted, runs the applier.
func openRig(t require.TestingT, dir string, run bool) *rig {
	r := &rig{ended: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	store, err := duckdb.Open(ctx, filepath.Join(dir, "points.duckdb"), duckdb.Options{})
	require.NoError(t, err)
	r.store = &faultyStore{Store: store}
	applied, err := store.Position(ctx)
	require.NoError(t, err)
	j, _, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{Applied: applied, MinFreeBytes: -1})
	require.NoError(t, err)
	r.journal = &faultyJournal{Journal: j}
	r.index, err = core.LoadIndex(ctx, store)
	require.NoError(t, err)
	r.writer = core.NewWriter(r.store, r.index)
	r.producers = producer.New(r.journal, r.store.Producer, applied)
	require.NoError(t, apply.Recover(ctx, r.journal, applied, r.producers, r.writer))
	r.collector = core.NewCollector(frames.NewIntake(r.journal, r.producers, time.Now), r.index, core.DefaultLimits())
	r.applier = apply.New(apply.Config{
		BatchRows: 1000, Interval: time.Minute, RetryInterval: time.Millisecond, FinishTimeout: time.Minute, Now: time.Now,
		Observe: apply.Observer{
			Applied: func(int, time.Duration) {},
			Failed:  func(error) { r.failures.Add(1) },
			Damaged: func(error) {},
		},
	}, r.journal, r.writer, r.producers, applied)
	if run {
		go func() {
			defer close(r.ended)
			r.ended <- r.applier.Run(ctx)
		}()
	} else {
		close(r.ended)
	}
	return r
}

func (r *rig) close(t require.TestingT) {
	r.stop()
	if err := <-r.ended; err != nil {
		require.ErrorIs(t, err, errDisk, "the journal keeps what a failing store does not take")
	}
	require.NoError(t, r.journal.Close())
	require.NoError(t, r.store.Close())
}

// begin opens a stream of the producer.
func (r *rig) begin(t require.TestingT, epoch int64) *core.Collection {
	c, err := r.collector.Open(context.Background(), frames.Opening{Key: agent, Epoch: epoch, StartedAt: time.Now()})
	require.NoError(t, err)
	require.NoError(t, c.Begin(context.Background()))
	return c
}

func encodeFrame(t require.TestingT, sequence int64, points ...*collectorv1.DataPoint) []byte {
	data, err := proto.Marshal(&collectorv1.CollectDataPointsRequest{Sequence: sequence, Points: points})
	require.NoError(t, err)
	return data
}

func samplePoint(source string, at int64, value float64) *collectorv1.DataPoint {
	return &collectorv1.DataPoint{Source: source, Timestamp: began + at, Metrics: map[string]float64{"m": value}}
}

// contents are the stored values by source and time since began.
func (r *rig) contents(t require.TestingT) map[string]float64 {
	ids := r.index.Select(agent.Tenant, nil)
	samples, err := r.store.ReadSamples(context.Background(), core.Range{Series: ids, Start: math.MinInt64, End: math.MaxInt64}, nil, 1_000_000)
	require.NoError(t, err)
	found := map[string]float64{}
	for i, id := range samples.Series {
		s, ok := r.index.Series(id)
		require.True(t, ok)
		name := fmt.Sprintf("%s@%d", s.Source, samples.Timestamps[i]-began)
		require.NotContains(t, found, name, "a sample is stored once")
		found[name] = samples.Values[i]
	}
	return found
}

// faultyStore fails to apply as often as a test says.
type faultyStore struct {
	core.Store

	failing   atomic.Int64
	forgetful atomic.Int64
}

var errDisk = errors.New("the disk failed")

func (s *faultyStore) Apply(ctx context.Context, batch *core.Batch) error {
	if s.failing.Add(-1) >= 0 {
		return errDisk
	}
	return s.Store.Apply(ctx, batch)
}

// Producer fails as often as a test says.
func (s *faultyStore) Producer(ctx context.Context, key producer.Key) (*producer.State, error) {
	if s.forgetful.Add(-1) >= 0 {
		return nil, errDisk
	}
	return s.Store.Producer(ctx, key)
}

// faultyJournal refuses as a test says.
type faultyJournal struct {
	*journal.Journal

	refuse error
	// appended is called after an append, or nil.
	appended func()
}

func (j *faultyJournal) Append(ctx context.Context, parts ...[]byte) (journal.Position, error) {
	if j.refuse != nil {
		return 0, j.refuse
	}
	if j.appended != nil {
		defer j.appended()
	}
	return j.Journal.Append(ctx, parts...)
}

// fewer has rapid try a fifth of the cases, for a test that opens databases.
func fewer(t *testing.T) {
	checks := flag.Lookup("rapid.checks").Value
	all := checks.String()
	number, err := strconv.Atoi(all)
	require.NoError(t, err)
	require.NoError(t, checks.Set(strconv.Itoa(max(1, number/5))))
	t.Cleanup(func() { require.NoError(t, checks.Set(all)) })
}

// TestTheStoreHoldsWhatTheJournalSays compares frames, repeats, deletions and
// restarts in any order with a map that does the same.
func TestTheStoreHoldsWhatTheJournalSays(t *testing.T) {
	dirs := t.TempDir()
	var runs atomic.Int64
	fewer(t)
	rapid.Check(t, func(t *rapid.T) {
		dir := filepath.Join(dirs, strconv.FormatInt(runs.Add(1), 10))
		require.NoError(t, os.Mkdir(dir, 0o700))
		r := openRig(t, dir, true)
		defer func() { r.close(t) }()
		c := r.begin(t, 0)
		expected := map[string]float64{}
		sequence := int64(0)
		sources := rapid.SampledFrom([]string{"a", "b", "c"})
		times := rapid.Int64Range(0, 9)
		wait := func(t *rapid.T) {
			if sequence > 0 {
				require.NoError(t, r.applier.WaitApplied(context.Background(), agent, sequence))
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"frame": func(t *rapid.T) {
				var points []*collectorv1.DataPoint
				for range rapid.IntRange(0, 5).Draw(t, "points") {
					source, at, value := sources.Draw(t, "source"), times.Draw(t, "time"), rapid.Float64Range(-1e9, 1e9).Draw(t, "value")
					points = append(points, samplePoint(source, at, value))
					expected[fmt.Sprintf("%s@%d", source, at)] = value
				}
				sequence++
				require.NoError(t, c.Take(context.Background(), encodeFrame(t, sequence, points...)))
			},
			"repeated frame": func(t *rapid.T) {
				if sequence > 0 {
					repeated := rapid.Int64Range(1, sequence).Draw(t, "sequence")
					require.NoError(t, c.Take(context.Background(), encodeFrame(t, repeated, samplePoint("a", 0, -1))))
				}
			},
			"delete": func(t *rapid.T) {
				source, start := sources.Draw(t, "source"), times.Draw(t, "start")
				end := start + rapid.Int64Range(1, 5).Draw(t, "length")
				deleted, err := core.NewDeletions(r.applier).Delete(context.Background(), principal.Principal{Tenant: agent.Tenant}, &collectorv1.PointDeletion{
					Matchers: []*collectorv1.SeriesMatcher{{
						Target: collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: source,
					}},
					StartTime: began + start, EndTime: began + end,
				})
				require.NoError(t, err)
				count := int64(0)
				for at := start; at < end; at++ {
					name := fmt.Sprintf("%s@%d", source, at)
					if _, ok := expected[name]; ok {
						count++
						delete(expected, name)
					}
				}
				require.Equal(t, count, deleted)
			},
			"store fails": func(*rapid.T) { r.store.failing.Store(2) },
			"wait":        wait,
			"restart": func(t *rapid.T) {
				require.NoError(t, c.Settle(context.Background()))
				c.Close()
				r.close(t)
				r = openRig(t, dir, true)
				c = r.begin(t, 0)
				require.Equal(t, sequence, c.Position().Received)
			},
			"": func(*rapid.T) {},
		})
		wait(t)
		require.Equal(t, expected, r.contents(t))
		c.Close()
	})
}

func TestAFailingStoreIsTriedAgainAndTheJournalKeepsAll(t *testing.T) {
	r := openRig(t, t.TempDir(), true)
	defer r.close(t)
	r.store.failing.Store(3)
	c := r.begin(t, 0)
	defer c.Close()
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1, samplePoint("a", 0, 1))))
	require.NoError(t, r.applier.WaitApplied(t.Context(), agent, 1))
	require.Equal(t, int64(3), r.failures.Load())
	require.Equal(t, map[string]float64{"a@0": 1}, r.contents(t))
}

// stopsFailing fails until the applier stops.
type stopsFailing struct{ core.Store }

func (s stopsFailing) Apply(ctx context.Context, batch *core.Batch) error {
	if context.Cause(ctx) == nil {
		if _, finishing := ctx.Deadline(); !finishing {
			return errDisk
		}
	}
	return s.Store.Apply(ctx, batch)
}

func TestABatchThatFailedDoesNotGrow(t *testing.T) {
	r := openRig(t, t.TempDir(), true)
	c := r.begin(t, 0)
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1, samplePoint("c", 0, 1))))
	require.NoError(t, r.applier.WaitApplied(t.Context(), agent, 1))
	r.store.Store = stopsFailing{r.store.Store}
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 2, samplePoint("a", 5, 1), samplePoint("c", 0, 2))))
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error, 1)
	go func() { waited <- r.applier.WaitApplied(ctx, agent, 2) }()
	require.Eventually(t, func() bool { return r.failures.Load() > 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 3, samplePoint("a", 5, 2))))
	require.NoError(t, c.Settle(t.Context()))
	cancel()
	require.ErrorIs(t, <-waited, context.Canceled)
	r.stop()
	require.NoError(t, <-r.ended)
	require.Equal(t, map[string]float64{"c@0": 2, "a@5": 2}, r.contents(t))
	c.Close()
	r.close(t)
}

func TestARecordThatCannotBeAppliedYetIsNotLeftOut(t *testing.T) {
	dir := t.TempDir()
	r := openRig(t, dir, false)
	c := r.begin(t, 0)
	for sequence := int64(1); sequence <= 3; sequence++ {
		require.NoError(t, c.Take(t.Context(), encodeFrame(t, sequence, samplePoint("a", sequence, 1))))
	}
	require.NoError(t, c.Settle(t.Context()))
	c.Close()
	// Without the producers in memory, the applier has to ask the store.
	r.producers.Apply(r.journal.Durable(), nil)
	r.store.forgetful.Store(2)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.applier.Run(ctx) }()
	require.Eventually(t, func() bool { return r.failures.Load() == 2 }, 10*time.Second, time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	require.Equal(t, map[string]float64{"a@1": 1, "a@2": 1, "a@3": 1}, r.contents(t))
	r.close(t)
}

func TestARestartGoesOnWithWhatTheStoreLacks(t *testing.T) {
	dir := t.TempDir()
	r := openRig(t, dir, false)
	c := r.begin(t, 4)
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1, samplePoint("a", 0, 1), samplePoint("", 0, 1))))
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 2, samplePoint("a", 0, 2))))
	receipt, err := c.Finish(t.Context())
	require.NoError(t, err)
	c.Close()
	require.Empty(t, r.contents(t))
	r.close(t)

	r = openRig(t, dir, false)
	c = r.begin(t, 4)
	require.Equal(t, producer.Position{Epoch: 4, Received: 2, Durable: 2}, c.Position())
	again, err := c.Finish(t.Context())
	require.NoError(t, err)
	require.True(t, proto.Equal(receipt, again))
	c.Close()
	r.close(t)

	r = openRig(t, dir, true)
	require.NoError(t, r.applier.WaitApplied(t.Context(), agent, 2))
	require.Equal(t, map[string]float64{"a@0": 2}, r.contents(t))
	r.close(t)
}

func TestWhatTheJournalRefusesIsNotTaken(t *testing.T) {
	tests := []struct {
		reason  problem.Reason
		refusal error
	}{
		{problem.StorageFull, fmt.Errorf("append: %w", journal.ErrFull)},
		{problem.StorageFull, fmt.Errorf("append: %w", journal.ErrBound)},
		{problem.StorageFailed, fmt.Errorf("append: %w", journal.ErrFailed)},
	}
	for _, test := range tests {
		t.Run(test.refusal.Error(), func(t *testing.T) {
			r := openRig(t, t.TempDir(), true)
			defer r.close(t)
			c := r.begin(t, 0)
			defer c.Close()
			require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1, samplePoint("a", 0, 1))))
			r.journal.refuse = test.refusal
			err := c.Take(t.Context(), encodeFrame(t, 2, samplePoint("a", 1, 1)))
			require.Equal(t, test.reason, problem.ReasonOf(err))
			require.Equal(t, errors.Is(test.refusal, journal.ErrBound), problem.Of(err).RetryAfter > 0)
			require.Equal(t, int64(1), c.Position().Received)
			r.journal.refuse = nil
			require.NoError(t, c.Take(t.Context(), encodeFrame(t, 2, samplePoint("a", 1, 1))))
			receipt, err := c.Finish(t.Context())
			require.NoError(t, err)
			require.Equal(t, int64(2), receipt.GetSuccessfulCount())
		})
	}
}

func TestALostFrameEndsItsStream(t *testing.T) {
	r := openRig(t, t.TempDir(), true)
	defer r.close(t)
	c := r.begin(t, 0)
	var cut error
	c.OnFailure(func(cause error) { cut = cause })
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1, samplePoint("a", 0, 1))))
	require.NoError(t, c.Settle(t.Context()))
	durable := r.journal.Durable()
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 2, samplePoint("a", 1, 1))))
	r.producers.Rollback(durable, storage.Failure(journal.ErrFailed))
	require.Equal(t, problem.StorageFailed, problem.ReasonOf(cut))
	require.Equal(t, problem.StorageFailed, problem.ReasonOf(c.Take(t.Context(), encodeFrame(t, 3))))
	require.Equal(t, int64(1), c.Position().Received)
	c.Close()
}

func TestASeriesBeyondTheLimitIsRejected(t *testing.T) {
	r := openRig(t, t.TempDir(), true)
	defer r.close(t)
	limits := core.DefaultLimits()
	limits.SeriesPerTenant = 2
	collector := core.NewCollector(frames.NewIntake(r.journal, r.producers, time.Now), r.index, limits)
	c, err := collector.Open(t.Context(), frames.Opening{Key: agent, StartedAt: time.Now()})
	require.NoError(t, err)
	require.NoError(t, c.Begin(t.Context()))
	defer c.Close()
	require.NoError(t, c.Take(t.Context(), encodeFrame(t, 1,
		samplePoint("a", 0, 1), samplePoint("b", 0, 1), samplePoint("c", 0, 1), samplePoint("a", 1, 2))))
	receipt, err := c.Finish(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(3), receipt.GetSuccessfulCount())
	require.Equal(t, collectorv1.PointErrorReason_POINT_ERROR_REASON_SERIES_LIMIT, receipt.GetErrors()[0].GetReason())
	require.Equal(t, int32(2), receipt.GetErrors()[0].GetIndex())
	require.NoError(t, r.applier.WaitApplied(t.Context(), agent, 1))
	require.Equal(t, map[string]float64{"a@0": 1, "a@1": 2, "b@0": 1}, r.contents(t))
}
