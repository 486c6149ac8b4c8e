package core_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// sinkStore takes everything and keeps nothing.
type sinkStore struct{ core.Store }

func (sinkStore) Apply(context.Context, *core.Batch) error { return nil }

func (sinkStore) Producer(context.Context, producer.Key) (*producer.State, error) { return nil, nil }

// keptJournal is never trimmed.
type keptJournal struct{ *journal.Journal }

func (keptJournal) Trim(journal.Position) error { return nil }

// BenchmarkApply reads a journal of frames of 10 metrics a point and makes
// batches of it, up to the store.
func BenchmarkApply(b *testing.B) {
	for _, points := range []int{1, 500} {
		b.Run(fmt.Sprintf("points=%d", points), func(b *testing.B) {
			const metrics = 10
			number := 100_000 / points
			j := journalOf(b, number, points, metrics)
			ended, end := context.WithCancel(b.Context())
			end()
			b.SetBytes(int64(j.Durable()))
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, sinkApplier(j).Run(ended))
			}
			samples := float64(b.N) * float64(number*points*metrics)
			b.ReportMetric(samples/b.Elapsed().Seconds(), "samples/s")
		})
	}
}

func sinkApplier(j *journal.Journal) *apply.Applier {
	writer := core.NewWriter(sinkStore{}, core.NewIndex(0))
	return apply.New(apply.Config{
		BatchRows: 500_000, FinishTimeout: time.Hour, Now: time.Now,
		Observe: apply.Observer{Applied: func(int, time.Duration) {}, Failed: func(error) {}, Damaged: func(error) {}},
	}, keptJournal{j}, writer, producer.New(j, sinkStore{}.Producer, 0), 0)
}

// journalOf is a journal of frames, each later than the one before.
func journalOf(b *testing.B, number, points, metrics int) *journal.Journal {
	b.Helper()
	j, _, err := journal.Open(b.TempDir(), journal.Options{MinFreeBytes: -1})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, j.Close()) })
	producers := producer.New(j, sinkStore{}.Producer, 0)
	collector := core.NewCollector(frames.NewIntake(j, producers, time.Now), core.NewIndex(0), core.DefaultLimits())
	c, err := collector.Open(b.Context(), frames.Opening{Key: agent, StartedAt: time.Now()})
	require.NoError(b, err)
	defer c.Close()
	require.NoError(b, c.Begin(b.Context()))
	for i := range number {
		request := &collectorv1.CollectDataPointsRequest{Sequence: int64(i + 1)}
		for k := range points {
			p := &collectorv1.DataPoint{Source: "src-" + strconv.Itoa(k), Timestamp: began + int64(i), Metrics: map[string]float64{}}
			for m := range metrics {
				p.Metrics["f"+strconv.Itoa(m)] = float64(m)
			}
			request.Points = append(request.Points, p)
		}
		data, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
		require.NoError(b, err)
		require.NoError(b, c.Take(b.Context(), data))
	}
	require.NoError(b, c.Settle(b.Context()))
	return j
}
