package tests

import (
	"maps"
	"math"
	"slices"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// maxListedErrors is how many rejected points a receipt lists.
const maxListedErrors = 100

// tally is what a stream has brought, as its receipt should tell it.
type tally struct {
	successful, duplicates int64
	rejected               map[faultReason]int64
	// listed are the first rejected points, without their descriptions.
	listed []*collectorv1.PointError
	values map[string][]float64
}

func newTally() *tally {
	return &tally{rejected: map[faultReason]int64{}, values: map[string][]float64{}}
}

// take counts a new frame.
func (y *tally) take(sequence int64, points []sentPoint) {
	for i, point := range points {
		if point.fault != nil {
			y.reject(sequence, i, point.fault)
			continue
		}
		y.successful++
		for metric, value := range point.GetMetrics() {
			y.values[metric] = append(y.values[metric], value)
		}
	}
}

func (y *tally) reject(sequence int64, index int, f *fault) {
	y.rejected[f.reason]++
	if len(y.listed) < maxListedErrors {
		y.listed = append(y.listed, &collectorv1.PointError{
			Sequence: sequence, Index: int32(index), Field: f.field, Reason: f.reason,
		})
	}
}

// requireReceipt wants a receipt to tell what the stream has brought.
func (y *tally) requireReceipt(t tester, got *pointsReceipt) {
	t.Helper()
	rejected, counts := errorCounts(y.rejected)
	require.Equal(t, y.successful, got.GetSuccessfulCount(), "accepted")
	require.Equal(t, rejected, got.GetErrorCount(), "rejected")
	require.Equal(t, y.duplicates, got.GetDuplicateCount(), "duplicates")
	require.Equal(t, y.successful+rejected+y.duplicates, got.GetTotalProcessed(), "all")
	requireErrorCounts(t, counts, got.GetErrorCounts())
	requireErrors(t, y.listed, got.GetErrors())
	requireMetricStatistics(t, y.values, got.GetStatistics())
	require.NoError(t, got.GetProcessingTime().CheckValid())
	require.Positive(t, got.GetProcessingTime().AsDuration())
}

// errorCounts are in the order of the reasons.
func errorCounts(byReason map[faultReason]int64) (total int64, counts []*collectorv1.PointErrorCount) {
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		total += byReason[reason]
		counts = append(counts, &collectorv1.PointErrorCount{Reason: reason, Count: byReason[reason]})
	}
	return total, counts
}

func requireErrorCounts(t tester, want, got []*collectorv1.PointErrorCount) {
	t.Helper()
	equal := func(a, b *collectorv1.PointErrorCount) bool { return proto.Equal(a, b) }
	require.True(t, slices.EqualFunc(want, got, equal), "rejected by reason: want %v, got %v", want, got)
}

// requireErrors compares all but the descriptions, which have to be there.
func requireErrors(t tester, want, got []*collectorv1.PointError) {
	t.Helper()
	require.Len(t, got, len(want), "listed errors")
	for i, one := range got {
		require.NotEmpty(t, one.GetDescription())
		bare := proto.CloneOf(one)
		bare.Description = ""
		require.True(t, proto.Equal(want[i], bare), "error %d: want %v, got %v", i, want[i], one)
	}
}

func requireMetricStatistics(t tester, values map[string][]float64, got []*collectorv1.MetricStatistics) {
	t.Helper()
	names := slices.Sorted(maps.Keys(values))
	require.Len(t, got, len(names), "metrics with statistics")
	for i, name := range names {
		want := summarise(values[name])
		require.Equal(t, name, got[i].GetMetric())
		require.Equal(t, want.count, got[i].GetCount(), name)
		requireNear(t, want.min, got[i].GetMin(), name)
		requireNear(t, want.max, got[i].GetMax(), name)
		requireNear(t, want.mean, got[i].GetMean(), name)
		requireNear(t, want.deviation, got[i].GetStandardDeviation(), name)
	}
}

// summary sums values up.
type summary struct {
	count                     int64
	min, max, mean, deviation float64
	sorted                    []float64
}

func summarise(values []float64) summary {
	s := summary{count: int64(len(values)), sorted: slices.Sorted(slices.Values(values))}
	s.min, s.max = s.sorted[0], s.sorted[len(values)-1]
	for _, v := range s.sorted {
		s.mean += v / float64(len(values))
	}
	for _, v := range s.sorted {
		s.deviation += (v - s.mean) * (v - s.mean) / float64(len(values))
	}
	s.deviation = math.Sqrt(s.deviation)
	return s
}

// percentile interpolates linearly between the two nearest values.
func (s summary) percentile(p float64) float64 {
	place := p / 100 * float64(len(s.sorted)-1)
	below := int(place)
	above := min(below+1, len(s.sorted)-1)
	return s.sorted[below] + (place-float64(below))*(s.sorted[above]-s.sorted[below])
}

// requireNear allows for another order of summing up.
func requireNear(t tester, want, got float64, what ...any) {
	t.Helper()
	require.InDelta(t, want, got, 1e-9*max(1, math.Abs(want)), what...)
}
