package core

import (
	"cmp"
	"math"
	"slices"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// maxStatsMetrics is the number of metrics that a stream's statistics have.
const maxStatsMetrics = 1000

// MetricStats are running statistics of each metric of a stream, of the first
// 1,000 metrics that came. Not safe for concurrent use.
type MetricStats struct {
	// metrics in the order in which they came.
	metrics []metricStats
	byName  map[string]int
	// next is the place of the metric expected next: points mostly have the same
	// metrics in the same order.
	next int
}

// NewMetricStats returns empty statistics.
func NewMetricStats() *MetricStats {
	return &MetricStats{byName: map[string]int{}}
}

// Add adds a value, which must be finite, of a metric.
func (s *MetricStats) Add(name []byte, value float64) {
	if len(s.metrics) > 0 && s.metrics[s.next].name == string(name) {
		s.addAt(s.next, value)
		return
	}
	place, known := s.byName[string(name)]
	if !known {
		if place = len(s.metrics); place == maxStatsMetrics {
			return
		}
		text := string(name)
		s.byName[text] = place
		s.metrics = append(s.metrics, newMetricStats(text, value))
	}
	s.addAt(place, value)
}

func (s *MetricStats) addAt(place int, value float64) {
	s.metrics[place].add(value)
	s.next = place + 1
	if s.next == len(s.metrics) {
		s.next = 0
	}
}

// Proto returns the statistics in the order of the metrics' names.
func (s *MetricStats) Proto() []*collectorv1.MetricStatistics {
	all := make([]*collectorv1.MetricStatistics, 0, len(s.metrics))
	for i := range s.metrics {
		all = append(all, s.metrics[i].proto())
	}
	slices.SortFunc(all, func(a, b *collectorv1.MetricStatistics) int { return cmp.Compare(a.GetMetric(), b.GetMetric()) })
	return all
}

// metricStats sums values up without keeping them, with the method of B. P.
// Welford, "Note on a Method for Calculating Corrected Sums of Squares and
// Products", Technometrics 4(3), 1962. It is given the distances from the first
// value, so that nothing is lost where values are large and close together.
type metricStats struct {
	name     string
	count    int64
	min, max float64
	first    float64
	// mean of the distances, and sum of the squares of their distances from it,
	// both of values times 2^-scale.
	mean, squares float64
	scale         int
}

// Values from large on are scaled down, so that no square overflows. What is
// lost of small values by that is less than the last digit of a large one.
const (
	large      = 0x1p400
	largeScale = 640
)

func newMetricStats(name string, first float64) metricStats {
	return metricStats{name: name, min: first, max: first, first: first}
}

func (m *metricStats) add(value float64) {
	m.count++
	if value < m.min {
		m.min = value
	}
	if value > m.max {
		m.max = value
	}
	if m.scale == 0 && math.Abs(value) >= large {
		m.scale = largeScale
		m.mean = math.Ldexp(m.mean, -largeScale)
		m.squares = math.Ldexp(m.squares, -2*largeScale)
	}
	distance := value - m.first
	if m.scale != 0 {
		distance = math.Ldexp(value, -largeScale) - math.Ldexp(m.first, -largeScale)
	}
	fromMean := distance - m.mean
	m.mean += fromMean / float64(m.count)
	m.squares += fromMean * (distance - m.mean)
}

func (m *metricStats) proto() *collectorv1.MetricStatistics {
	mean := math.Ldexp(math.Ldexp(m.first, -m.scale)+m.mean, m.scale)
	deviation := math.Ldexp(math.Sqrt(m.squares/float64(m.count)), m.scale)
	return &collectorv1.MetricStatistics{
		Metric: m.name, Count: m.count, Min: m.min, Max: m.max,
		// Rounding must not lead out of what is possible.
		Mean: max(m.min, min(m.max, mean)), StandardDeviation: min(deviation, math.MaxFloat64),
	}
}
