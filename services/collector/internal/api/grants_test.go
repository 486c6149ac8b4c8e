package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// oddSources would select more, or less, were they taken for a pattern of SQL or
// of regular expressions.
var oddSources = []string{"a%_.*", "a%_.", "a%_.*b", "a%_.b", "a", "aXYZ", "a%", "b", "ä*", "äx", `a\`, "a'"}

func sourcesGranted(patterns ...string) principal.Grants {
	return principal.Grants{Sources: patterns}
}

func TestAPointOfAnotherSourceIsRejected(t *testing.T) {
	h := newHarness(t)
	s := h.open(granted(t.Context(), t, sourcesGranted("a%_.*", "b")), t, "p", 0)
	s.send(1, point("b", 0, 1), point("bb", 0, 2), point("a%_.x", 0, 3), point("aXYZ", 0, 4), point("", 0, 5))
	s.send(2, point("c", 0, 6), point("b", 1, 7))
	receipt := s.finish(t)

	require.Equal(t, int64(3), receipt.GetSuccessfulCount())
	require.Equal(t, int64(4), receipt.GetErrorCount())
	refused := receipt.GetErrors()[0]
	require.Equal(t, int32(1), refused.GetIndex())
	require.Equal(t, "source", refused.GetField())
	require.Equal(t, collectorv1.PointErrorReason(13), refused.GetReason())
	require.Contains(t, refused.GetDescription(), `"bb" is not among the sources`)
	counts := receipt.GetErrorCounts()
	require.Equal(t, collectorv1.PointErrorReason(13), counts[1].GetReason())
	require.Equal(t, int64(3), counts[1].GetCount())
	require.Equal(t, int64(4), receipt.GetEpochTotals().GetErrorCount())

	lines, _ := h.listed(t.Context(), t, &collectorv1.ListSeriesRequest{WaitFor: &queryv1.WaitFor{ProducerId: "p", Sequence: 2}})
	require.Len(t, lines, 2, "nothing is stored of the others, and no series was begun")
	require.Equal(t, 2, h.index.Len())
}

// storeOdd stores two samples of each of the odd sources.
func storeOdd(t testing.TB, h *harness) {
	t.Helper()
	var points []*collectorv1.DataPoint
	for i, source := range oddSources {
		points = append(points, sample(source, at(time.Duration(i)*time.Second), "cpu", float64(i)),
			sample(source, at(time.Minute), "mem", float64(i), "dc", "x"))
	}
	wait := h.stored(t.Context(), t, points...)
	_, err := h.query(t.Context(), t, &collectorv1.QueryDataPointsRequest{WaitFor: wait})
	require.NoError(t, err)
}

func TestAConfinedPrincipalSeesItsSourcesOnly(t *testing.T) {
	h := newHarness(t)
	storeOdd(t, h)
	ctx := granted(t.Context(), t, sourcesGranted("a%_.*"))
	own := []string{"a%_.*", "a%_.", "a%_.*b", "a%_.b"}

	series, _ := h.listed(ctx, t, &collectorv1.ListSeriesRequest{PageSize: 3})
	require.Len(t, series, 2*len(own))
	seen, err := h.query(ctx, t, &collectorv1.QueryDataPointsRequest{Matchers: matchers(metricLike("cpu"))})
	require.NoError(t, err)
	require.Equal(t, len(own), seen.count())
	statistics, err := h.points.GetStatistics(ctx, &collectorv1.GetStatisticsRequest{BySource: true})
	require.NoError(t, err)
	require.Len(t, statistics.GetStatistics(), len(own))
	for _, row := range statistics.GetStatistics() {
		require.Contains(t, own, row.GetSource())
	}
	total, err := h.points.GetStatistics(ctx, &collectorv1.GetStatisticsRequest{})
	require.NoError(t, err)
	require.Equal(t, int64(2*len(own)), total.GetStatistics()[0].GetCount())

	absent, err := h.query(ctx, t, &collectorv1.QueryDataPointsRequest{Matchers: matchers(source("nowhere"))})
	require.NoError(t, err)
	foreign, err := h.query(ctx, t, &collectorv1.QueryDataPointsRequest{Matchers: matchers(source("b"))})
	require.NoError(t, err)
	require.Equal(t, absent, foreign, "what is not granted looks as if it were not there")
}

func TestAConfinedPrincipalDeletesOfItsSourcesOnly(t *testing.T) {
	h := newHarness(t)
	storeOdd(t, h)
	ctx := granted(t.Context(), t, sourcesGranted("a%_.*", "b"))
	deleted, err := h.points.DeleteDataPoints(ctx, &collectorv1.DeleteDataPointsRequest{Matchers: matchers(metricLike(".*"))})
	require.NoError(t, err)
	require.Equal(t, int64(2*5), deleted.GetDeletedCount())
	left, _ := h.listed(t.Context(), t, &collectorv1.ListSeriesRequest{})
	require.Len(t, left, 2*(len(oddSources)-5))
	deleted, err = h.points.DeleteDataPoints(ctx, &collectorv1.DeleteDataPointsRequest{Matchers: matchers(source("ä*"))})
	require.NoError(t, err)
	require.Zero(t, deleted.GetDeletedCount())
}

func TestADeletionOfManyGrantsAndMatchersIsTaken(t *testing.T) {
	h := newHarness(t)
	storeOdd(t, h)
	grants := sourcesGranted("b")
	for i := range 300 {
		grants.Sources = append(grants.Sources, fmt.Sprintf("%d-%s*", i, oddSources[0][:4]))
	}
	all := slices.Repeat(matchers(metricLike(".*")), 32)
	deleted, err := h.points.DeleteDataPoints(granted(t.Context(), t, grants), &collectorv1.DeleteDataPointsRequest{Matchers: all})
	require.NoError(t, err)
	require.Equal(t, int64(2), deleted.GetDeletedCount())
}

func TestAConfinedPrincipalSeesExactlyWhatAReferenceKeeps(t *testing.T) {
	h := newHarness(t)
	storeOdd(t, h)
	everything, err := h.query(t.Context(), t, &collectorv1.QueryDataPointsRequest{})
	require.NoError(t, err)
	rapid.Check(t, func(r *rapid.T) {
		var grants principal.Grants
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(oddSources), 0, 3).Draw(r, "names") {
			pattern := name[:rapid.IntRange(0, len(name)).Draw(r, "length")]
			if rapid.Bool().Draw(r, "whole") {
				pattern = name
			}
			pattern = strings.TrimRight(pattern, "*")
			pattern += rapid.SampledFrom([]string{"*", ""}).Draw(r, "end")
			if pattern != "" && (principal.Grants{Sources: principal.Patterns{pattern}}).Validate() == nil {
				grants.Sources = append(grants.Sources, toText(pattern))
			}
		}
		seen, err := h.query(granted(t.Context(), r, grants), t, &collectorv1.QueryDataPointsRequest{})
		require.NoError(r, err)
		require.Equal(r, everything.only(grants.Sources), seen.lines(), "%q", grants.Sources)
	})
}

// toText is a pattern as credentials can have it, which are UTF-8.
func toText(pattern string) string { return string([]rune(pattern)) }

// only are the lines of the granted sources.
func (f *found) only(sources principal.Patterns) []string {
	kept := []string{}
	lines := f.lines()
	i := 0
	for _, part := range f.parts {
		for _, id := range part.GetSeriesIds() {
			if sources.Allow(f.series[id].GetSource()) {
				kept = append(kept, lines[i])
			}
			i++
		}
	}
	return kept
}
