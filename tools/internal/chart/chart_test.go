package chart_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/chart"
)

func single(values ...float64) []chart.Span {
	spans := make([]chart.Span, 0, len(values))
	for _, v := range values {
		if math.IsNaN(v) {
			spans = append(spans, chart.Span{})
			continue
		}
		spans = append(spans, chart.Span{Count: 1, Min: v, Max: v, First: v, Last: v, Sum: v})
	}
	return spans
}

func series(values ...float64) chart.Series {
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return chart.Series{Title: "web-1 cpu", Spans: single(values...), Start: start, End: start.Add(time.Hour)}
}

func TestDrawShowsARampAndItsAxis(t *testing.T) {
	require.Equal(t, `web-1 cpu
         7 ┤  ⡠⠊
         0 ┤⡠⠊
           └────
            2026-11-22 10:00:00  2026-11-22 11:00:00
            min 0  max 7  mean 3.5  last 7  of 8 samples
`, chart.Draw(series(0, 1, 2, 3, 4, 5, 6, 7), 2))
}

func TestDrawLeavesGapsAndShowsPeaks(t *testing.T) {
	nan := math.NaN()
	s := series(0, 0, 0, nan, nan, nan, nan, nan, nan, nan, 0, 0)
	s.Spans[10].Max = 10
	require.Equal(t, `web-1 cpu
        10 ┤     ⡇
         0 ┤⣀⡀   ⣇
`, strings.Join(strings.SplitAfter(chart.Draw(s, 2), "\n")[:3], ""))
}

func TestDrawPutsAFlatSeriesInTheMiddle(t *testing.T) {
	lines := strings.Split(chart.Draw(series(5, 5, 5, 5), 3), "\n")
	require.Equal(t, "           ┤⠤⠤", lines[2])
}

func TestDrawSaysThatThereIsNothing(t *testing.T) {
	require.Contains(t, chart.Draw(series(math.NaN()), 4), "no samples")
}

func TestValueFitsBesideTheChart(t *testing.T) {
	for _, v := range []float64{0, -1, 90, 3.14159265, 1e9, -1.23456789e-300, 123456.789, math.MaxFloat64, -999999.5} {
		require.LessOrEqual(t, len(chart.Value(v)), 11, v)
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(0.0, 1.0, -1.0, uint8(4))
	f.Add(math.MaxFloat64, -math.MaxFloat64, 0.0, uint8(1))
	f.Fuzz(func(t *testing.T, a, b, c float64, rows uint8) {
		for _, v := range []float64{a, b, c} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return
			}
		}
		text := chart.Draw(series(a, b, c), int(rows))
		require.True(t, utf8.ValidString(text))
		require.Equal(t, max(int(rows), 2)+4, strings.Count(text, "\n"))
	})
}

func TestFoldJoinsNeighbours(t *testing.T) {
	spans := single(1, 5, 3, math.NaN(), 2)
	require.Equal(t, []chart.Span{
		{Count: 2, Min: 1, Max: 5, First: 1, Last: 5, Sum: 6},
		{Count: 1, Min: 3, Max: 3, First: 3, Last: 3, Sum: 3},
		{Count: 1, Min: 2, Max: 2, First: 2, Last: 2, Sum: 2},
	}, chart.Fold(spans, 3))
	require.Equal(t, spans, chart.Fold(spans, 10))
	require.Len(t, chart.Fold(spans, 1), 1)
}
