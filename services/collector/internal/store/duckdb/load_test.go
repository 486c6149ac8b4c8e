package duckdb_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

const (
	// seriesCount series have a sample every 10 s, in step.
	seriesCount = 1_000
	step        = 10_000_000_000
	epoch       = 1_795_305_600_000_000_000
)

// generator makes samples as a fleet of sources sends them: by time, and then
// by series, with values that walk at random in steps of hundredths.
type generator struct {
	random *rand.Rand
	series int
	values []float64
	next   int
}

func newGenerator(series int) *generator {
	g := &generator{random: rand.New(rand.NewPCG(42, 42)), series: series, values: make([]float64, series)}
	for i := range g.values {
		g.values[i] = math.Round(g.random.Float64()*10_000) / 100
	}
	return g
}

func (g *generator) samples(count int) core.Samples {
	s := core.Samples{
		Series: make([]core.SeriesID, count), Timestamps: make([]int64, count), Values: make([]float64, count),
	}
	for i := range count {
		at := g.next % g.series
		g.values[at] = math.Round(g.values[at]*100+float64(g.random.IntN(201)-100)) / 100
		s.Series[i] = core.SeriesID(at + 1)
		s.Timestamps[i] = epoch + int64(g.next/g.series)*step
		s.Values[i] = g.values[at]
		g.next++
	}
	return s
}

// load applies samples from a number on, from 1, in batches of 500,000. The
// position is the number of samples.
func load(t testing.TB, store core.Store, from, count int) {
	t.Helper()
	g := newGenerator(seriesCount)
	g.next = from - 1
	for count > 0 {
		size := min(count, 500_000)
		batch := &core.Batch{Samples: g.samples(size), Position: journal.Position(g.next)}
		if from == 1 {
			batch.Series, from = allSeries(), 0
		}
		require.NoError(t, store.Apply(t.Context(), batch))
		count -= size
	}
}

func allSeries() []core.Series {
	series := make([]core.Series, seriesCount)
	for i := range series {
		series[i] = core.Series{ID: core.SeriesID(i + 1), Tenant: "acme", Source: "s", Metric: "m"}
	}
	return series
}

// everything selects all series as so many groups, or as one for 0.
func everything(groups int) core.GroupedRange {
	q := core.GroupedRange{Range: core.Range{Start: math.MinInt64, End: math.MaxInt64}, Groups: make([]int32, seriesCount)}
	for i := range seriesCount {
		q.Series = append(q.Series, core.SeriesID(i+1))
		q.Groups[i] = int32(i % max(groups, 1))
	}
	return q
}
