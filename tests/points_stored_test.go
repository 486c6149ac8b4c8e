package tests

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// seriesName names a series.
type seriesName struct {
	source, metric string
	// tags are `name=value,` for each, in the order of the names.
	tags string
}

func (n seriesName) compare(other seriesName) int {
	return cmp.Or(cmp.Compare(n.source, other.source), cmp.Compare(n.metric, other.metric), cmp.Compare(n.tags, other.tags))
}

// tag returns the value of a tag, which is empty without it.
func (n seriesName) tag(name string) string {
	for tag := range strings.SplitSeq(n.tags, ",") {
		if value, ok := strings.CutPrefix(tag, name+"="); ok {
			return value
		}
	}
	return ""
}

func tagText(tags map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		fmt.Fprintf(&b, "%s=%s,", name, tags[name])
	}
	return b.String()
}

// stored is what a server holds, or should: the value of each sample, by series
// and timestamp.
type stored map[seriesName]map[int64]float64

// take takes points in. Of those with the same series and timestamp the last
// holds.
func (s stored) take(points ...*collectorv1.DataPoint) {
	for _, point := range points {
		tags := tagText(point.GetTags())
		for metric, value := range point.GetMetrics() {
			s.set(seriesName{point.GetSource(), metric, tags}, point.GetTimestamp(), value)
		}
	}
}

func (s stored) set(name seriesName, timestamp int64, value float64) {
	series := s[name]
	if series == nil {
		series = map[int64]float64{}
		s[name] = series
	}
	series[timestamp] = value
}

// selection says which samples a request is about; the zero value says all.
type selection struct {
	matchers []*collectorv1.SeriesMatcher
	// matches does what the matchers say; nil matches all.
	matches    func(seriesName) bool
	start, end *int64
}

func (x selection) has(name seriesName) bool { return x.matches == nil || x.matches(name) }

func (x selection) spans(timestamp int64) bool {
	return (x.start == nil || timestamp >= *x.start) && (x.end == nil || timestamp < *x.end)
}

// selected returns what a query should find.
func (s stored) selected(x selection) stored {
	found := stored{}
	for name, series := range s {
		for timestamp, value := range series {
			if x.has(name) && x.spans(timestamp) {
				found.set(name, timestamp, value)
			}
		}
	}
	return found
}

// remove deletes what is selected and returns the number of samples.
func (s stored) remove(x selection) (count int64) {
	for name, series := range s.selected(x) {
		for timestamp := range series {
			delete(s[name], timestamp)
			count++
		}
		if len(s[name]) == 0 {
			delete(s, name)
		}
	}
	return count
}

func (s stored) count() (count int64) {
	for _, series := range s {
		count += int64(len(series))
	}
	return count
}

// query returns the raw samples that a request selects. A sample that comes
// twice, out of order or of an unknown series is an error.
func (p pointsPeer) query(ctx context.Context, request *collectorv1.QueryDataPointsRequest) (stored, error) {
	found := stored{}
	last := [2]int64{math.MinInt64, 0}
	err := p.queryParts(ctx, request, func(names map[int64]seriesName, part *collectorv1.QueryDataPointsResponse) error {
		if len(part.GetSeriesIds()) != len(part.GetTimestamps()) || len(part.GetSeriesIds()) != len(part.GetValues()) {
			return errors.New("the columns have different lengths")
		}
		for i, id := range part.GetSeriesIds() {
			name, known := names[id]
			at := [2]int64{part.GetTimestamps()[i], id}
			if !known || cmp.Or(cmp.Compare(last[0], at[0]), cmp.Compare(last[1], at[1])) >= 0 {
				return fmt.Errorf("sample %v of %v comes behind %v", at, name, last)
			}
			last = at
			found.set(name, at[0], part.GetValues()[i])
		}
		return nil
	})
	return found, err
}

// queryParts hands over each part of an answer with the series told so far.
func (p pointsPeer) queryParts(
	ctx context.Context, request *collectorv1.QueryDataPointsRequest,
	take func(map[int64]seriesName, *collectorv1.QueryDataPointsResponse) error,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer, err := p.points.QueryDataPoints(ctx, request)
	if err != nil {
		return err
	}
	names := map[int64]seriesName{}
	for {
		part, err := answer.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, series := range part.GetSeries() {
			names[series.GetSeriesId()] = nameOf(series)
		}
		if err := take(names, part); err != nil {
			return err
		}
	}
}

func nameOf(series *collectorv1.Series) seriesName {
	return seriesName{series.GetSource(), series.GetMetric(), tagText(series.GetTags())}
}

// request is a query for the raw samples.
func (x selection) request() *collectorv1.QueryDataPointsRequest {
	return &collectorv1.QueryDataPointsRequest{Matchers: x.matchers, StartTime: x.start, EndTime: x.end}
}

// ofSource selects the series of one source.
func ofSource(source string) selection {
	return selection{
		matchers: []*collectorv1.SeriesMatcher{sourceMatcher(queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, source)},
		matches:  func(name seriesName) bool { return name.source == source },
	}
}

func sourceMatcher(operator queryv1.MatchOperator, value string) *collectorv1.SeriesMatcher {
	return &collectorv1.SeriesMatcher{
		Target: collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, Operator: operator, Value: value,
	}
}

// waitFor has a query see a frame of a producer.
func waitFor(producerID string, sequence int64) *queryv1.WaitFor {
	return &queryv1.WaitFor{ProducerId: producerID, Sequence: sequence}
}

// requireQueried queries what is selected of want and compares.
func (p pointsPeer) requireQueried(ctx context.Context, t tester, want stored, x selection, wait *queryv1.WaitFor) {
	t.Helper()
	request := x.request()
	request.WaitFor = wait
	got, err := p.query(ctx, request)
	require.NoError(t, err)
	requireStored(t, want.selected(x), got)
}

// requireStored wants both to be equal and shows the first samples that are not.
func requireStored(t tester, want, got stored) {
	t.Helper()
	missing, extra := want.without(got), got.without(want)
	if len(missing) == 0 && len(extra) == 0 {
		return
	}
	t.Errorf("%d samples wanted and %d found\n%d wanted are missing or differ: %s\n%d found are too many or differ: %s",
		want.count(), got.count(), len(missing), first(missing), len(extra), first(extra))
	t.FailNow()
}

// without describes the samples that the other lacks or has with another value.
func (s stored) without(other stored) (lines []string) {
	for _, name := range slices.SortedFunc(maps.Keys(s), seriesName.compare) {
		for _, timestamp := range slices.Sorted(maps.Keys(s[name])) {
			value := s[name][timestamp]
			if there, ok := other[name][timestamp]; !ok || there != value {
				lines = append(lines, fmt.Sprintf("%v at %d: %v", name, timestamp, value))
			}
		}
	}
	return lines
}

func first(lines []string) string {
	const most = 10
	if len(lines) > most {
		lines = append(lines[:most:most], "…")
	}
	return strings.Join(lines, "; ")
}
