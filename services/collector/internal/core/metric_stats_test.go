package core_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// twoPass computes statistics from all the values, with so many digits that
// nothing is lost.
func twoPass(values []float64) (mean, deviation *big.Float) {
	exact := func() *big.Float { return new(big.Float).SetPrec(4096) }
	n := exact().SetInt64(int64(len(values)))
	mean = exact()
	for _, v := range values {
		mean.Add(mean, exact().SetFloat64(v))
	}
	mean.Quo(mean, n)
	squares := exact()
	for _, v := range values {
		distance := exact().Sub(exact().SetFloat64(v), mean)
		squares.Add(squares, distance.Mul(distance, distance))
	}
	return mean, exact().Sqrt(squares.Quo(squares, n))
}

// requireNear allows for a relative difference of 10^-12.
func requireNear(t *testing.T, want *big.Float, got float64) {
	t.Helper()
	difference := new(big.Float).Sub(want, big.NewFloat(got))
	allowed := new(big.Float).Mul(want, big.NewFloat(1e-12))
	require.LessOrEqual(t, difference.Abs(difference).Cmp(allowed.Abs(allowed)), 0, "want %v, got %v", want.Text('g', 20), got)
}

func statisticsOf(values []float64) *collectorv1.MetricStatistics {
	s := core.NewMetricStats()
	for _, v := range values {
		s.Add([]byte("m"), v)
	}
	return s.Proto()[0]
}

func TestStatisticsEqualATwoPassComputation(t *testing.T) {
	random := rand.New(rand.NewPCG(42, 0))
	draw := func(n int, value func() float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = value()
		}
		return values
	}
	for name, values := range map[string][]float64{
		"one":                  {7.5},
		"equal":                draw(1000, func() float64 { return 0.1 }),
		"uniform":              draw(10_000, random.Float64),
		"negative":             draw(1000, func() float64 { return -random.Float64() }),
		"offset of 1e9":        draw(10_000, func() float64 { return 1e9 + random.Float64() }),
		"offset of 1e15":       draw(10_000, func() float64 { return 1e15 + float64(random.IntN(8)) }),
		"offset of -1e15":      draw(10_000, func() float64 { return -1e15 + float64(random.IntN(8)) }),
		"tiny":                 draw(1000, func() float64 { return random.Float64() * 1e-140 }),
		"large":                draw(1000, func() float64 { return random.NormFloat64() * 1e200 }),
		"largest":              draw(1000, func() float64 { return math.Copysign(math.MaxFloat64, random.Float64()-0.5) }),
		"small, then large":    append(draw(100, random.Float64), draw(100, func() float64 { return random.Float64() * 1e300 })...),
		"large, then small":    append(draw(100, func() float64 { return random.Float64() * 1e300 }), draw(100, random.Float64)...),
		"near where scaled":    draw(100, func() float64 { return 0x1p400 * (1 + random.Float64()*0x1p-40) }),
		"all the largest":      draw(3, func() float64 { return math.MaxFloat64 }),
		"the two ends":         {math.MaxFloat64, -math.MaxFloat64},
		"zero and the largest": {0, math.MaxFloat64, 0},
	} {
		t.Run(name, func(t *testing.T) {
			mean, deviation := twoPass(values)
			got := statisticsOf(values)
			require.EqualValues(t, len(values), got.GetCount())
			requireNear(t, mean, got.GetMean())
			requireNear(t, deviation, got.GetStandardDeviation())
			least, most := values[0], values[0]
			for _, v := range values {
				least, most = min(least, v), max(most, v)
			}
			require.InDelta(t, least, got.GetMin(), 0)
			require.InDelta(t, most, got.GetMax(), 0)
		})
	}
}

func TestStatisticsAreByMetricInTheOrderOfNames(t *testing.T) {
	s := core.NewMetricStats()
	require.Empty(t, s.Proto())
	for i, name := range []string{"b", "a", "b", "c", "a", "a"} {
		s.Add([]byte(name), float64(i))
	}
	counts := map[string]int64{}
	var names []string
	for _, m := range s.Proto() {
		names = append(names, m.GetMetric())
		counts[m.GetMetric()] = m.GetCount()
	}
	require.Equal(t, []string{"a", "b", "c"}, names)
	require.Equal(t, map[string]int64{"a": 3, "b": 2, "c": 1}, counts)
}

func TestStatisticsHaveTheFirst1000Metrics(t *testing.T) {
	s := core.NewMetricStats()
	for range 2 {
		for i := range 1100 {
			s.Add(fmt.Appendf(nil, "m%04d", i), 1)
		}
	}
	all := s.Proto()
	require.Len(t, all, 1000)
	require.Equal(t, "m0999", all[999].GetMetric())
	for _, m := range all {
		require.EqualValues(t, 2, m.GetCount(), m.GetMetric())
	}
}

func TestStatisticsOfKnownMetricsAllocateNothing(t *testing.T) {
	s := core.NewMetricStats()
	names := [][]byte{[]byte("a"), []byte("b"), []byte("c")}
	add := func() {
		for i := range 6 {
			s.Add(names[i*2%3], float64(i))
		}
	}
	add()
	require.Zero(t, testing.AllocsPerRun(100, add))
}

func BenchmarkMetricStats(b *testing.B) {
	names := make([][]byte, 10)
	for i := range names {
		names[i] = fmt.Appendf(nil, "f%d", i)
	}
	s := core.NewMetricStats()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.Add(names[i%10], float64(i))
		i++
	}
}
