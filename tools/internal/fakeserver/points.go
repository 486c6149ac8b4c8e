package fakeserver

import (
	"cmp"
	"context"
	"math"
	"regexp"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// sample is a stored value.
type sample struct {
	sampleKey

	value float64
}

// selected returns the samples in the order of an answer.
func (c *Collector) selected(matchers []*collectorv1.SeriesMatcher, start, end *int64) []sample {
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if start != nil {
		from = *start
	}
	if end != nil {
		to = *end
	}
	var samples []sample
	for key, value := range c.samples {
		if key.timestamp >= from && key.timestamp < to && matchesAll(c.series[key.series], matchers) {
			samples = append(samples, sample{key, value})
		}
	}
	slices.SortFunc(samples, func(a, b sample) int {
		return cmp.Or(cmp.Compare(a.timestamp, b.timestamp), cmp.Compare(a.series, b.series))
	})
	return samples
}

func matchesAll(s *collectorv1.Series, matchers []*collectorv1.SeriesMatcher) bool {
	return !slices.ContainsFunc(matchers, func(m *collectorv1.SeriesMatcher) bool { return !matches(s, m) })
}

func matches(s *collectorv1.Series, m *collectorv1.SeriesMatcher) bool {
	value := s.GetTags()[m.GetTag()]
	switch m.GetTarget() {
	case collectorv1.SeriesTarget_SERIES_TARGET_SOURCE:
		value = s.GetSource()
	case collectorv1.SeriesTarget_SERIES_TARGET_METRIC:
		value = s.GetMetric()
	case collectorv1.SeriesTarget_SERIES_TARGET_TAG, collectorv1.SeriesTarget_SERIES_TARGET_UNSPECIFIED:
	}
	switch m.GetOperator() {
	case queryv1.MatchOperator_MATCH_OPERATOR_EQUAL:
		return value == m.GetValue()
	case queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL:
		return value != m.GetValue()
	case queryv1.MatchOperator_MATCH_OPERATOR_REGEX:
		return regexp.MustCompile("^(?:" + m.GetValue() + ")$").MatchString(value)
	case queryv1.MatchOperator_MATCH_OPERATOR_NOT_REGEX:
		return !regexp.MustCompile("^(?:" + m.GetValue() + ")$").MatchString(value)
	case queryv1.MatchOperator_MATCH_OPERATOR_UNSPECIFIED:
	}
	return false
}

// await knows no waiting: what was taken in is seen at once.
func (c *Collector) await(w *queryv1.WaitFor) error {
	if w == nil {
		return nil
	}
	p := c.producers[w.GetProducerId()]
	switch {
	case p == nil:
		return Problem(codes.NotFound, "PRODUCER_NOT_FOUND", "wait_for.producer_id", "there is no such producer")
	case p.sequence < w.GetSequence():
		return Problem(codes.DeadlineExceeded, "POSITION_NOT_REACHED", "wait_for", "it took too long")
	}
	return nil
}

// QueryDataPoints sends samples two at a time, or buckets.
func (c *Collector) QueryDataPoints(
	r *collectorv1.QueryDataPointsRequest, stream grpc.ServerStreamingServer[collectorv1.QueryDataPointsResponse],
) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.await(r.GetWaitFor()); err != nil {
		return err
	}
	samples := c.selected(r.GetMatchers(), r.StartTime, r.EndTime)
	if r.GetBucketDuration() > 0 {
		return stream.Send(&collectorv1.QueryDataPointsResponse{Series: c.series, Buckets: buckets(samples, r.GetBucketDuration(), r.GetLimit())})
	}
	if limit := int(r.GetLimit()); limit > 0 && len(samples) > limit {
		samples = samples[:limit]
	}
	told := map[int64]bool{}
	for part := range slices.Chunk(samples, 2) {
		answer := &collectorv1.QueryDataPointsResponse{}
		for _, s := range part {
			if !told[s.series] {
				told[s.series] = true
				answer.Series = append(answer.Series, c.series[s.series])
			}
			answer.SeriesIds = append(answer.SeriesIds, s.series)
			answer.Timestamps = append(answer.Timestamps, s.timestamp)
			answer.Values = append(answer.Values, s.value)
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
	return nil
}

func buckets(samples []sample, duration, limit int64) []*collectorv1.SampleBucket {
	places := map[sampleKey]*collectorv1.SampleBucket{}
	var all []*collectorv1.SampleBucket
	for _, s := range samples {
		place := sampleKey{timestamp: s.timestamp / duration * duration, series: s.series}
		b := places[place]
		if b == nil {
			b = &collectorv1.SampleBucket{SeriesId: s.series, StartTime: place.timestamp, Min: s.value, Max: s.value, First: s.value}
			places[place] = b
			all = append(all, b)
		}
		b.Mean = (b.GetMean()*float64(b.GetCount()) + s.value) / float64(b.GetCount()+1)
		b.Count++
		b.Min, b.Max, b.Last = min(b.GetMin(), s.value), max(b.GetMax(), s.value), s.value
	}
	if limit > 0 && int64(len(all)) > limit {
		return all[:limit]
	}
	return all
}

// GetStatistics sums up by source and metric. Its percentiles are the largest
// value.
func (c *Collector) GetStatistics(_ context.Context, r *collectorv1.GetStatisticsRequest) (*collectorv1.GetStatisticsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.await(r.GetWaitFor()); err != nil {
		return nil, err
	}
	rows := map[[2]string]*collectorv1.Statistics{}
	answer := &collectorv1.GetStatisticsResponse{}
	for _, s := range c.selected(r.GetMatchers(), r.StartTime, r.EndTime) {
		var group [2]string
		if r.GetBySource() {
			group[0] = c.series[s.series].GetSource()
		}
		if r.GetByMetric() {
			group[1] = c.series[s.series].GetMetric()
		}
		row := rows[group]
		if row == nil {
			row = &collectorv1.Statistics{Source: group[0], Metric: group[1], Min: s.value, Max: s.value, FirstTimestamp: s.timestamp}
			rows[group] = row
			answer.Statistics = append(answer.Statistics, row)
		}
		row.Mean = (row.GetMean()*float64(row.GetCount()) + s.value) / float64(row.GetCount()+1)
		row.Count++
		row.Min, row.Max, row.LastTimestamp = min(row.GetMin(), s.value), max(row.GetMax(), s.value), s.timestamp
		row.P50, row.P90, row.P95, row.P99 = row.GetMax(), row.GetMax(), row.GetMax(), row.GetMax()
	}
	slices.SortFunc(answer.GetStatistics(), func(a, b *collectorv1.Statistics) int {
		return cmp.Or(cmp.Compare(a.GetSource(), b.GetSource()), cmp.Compare(a.GetMetric(), b.GetMetric()))
	})
	return answer, nil
}

// ListSeries returns a page of series.
func (c *Collector) ListSeries(_ context.Context, r *collectorv1.ListSeriesRequest) (*collectorv1.ListSeriesResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.await(r.GetWaitFor()); err != nil {
		return nil, err
	}
	summaries := map[int64]*collectorv1.SeriesSummary{}
	for _, s := range c.selected(r.GetMatchers(), nil, nil) {
		summary := summaries[s.series]
		if summary == nil {
			summary = &collectorv1.SeriesSummary{Series: c.series[s.series], FirstTimestamp: s.timestamp}
			summaries[s.series] = summary
		}
		summary.SampleCount++
		summary.LastTimestamp = s.timestamp
	}
	var found []*collectorv1.SeriesSummary
	for _, s := range c.series {
		if summary := summaries[s.GetSeriesId()]; summary != nil {
			found = append(found, summary)
		}
	}
	page, next := cutPage(found, r.GetCursor(), r.GetPageSize())
	return &collectorv1.ListSeriesResponse{Series: page, NextCursor: next}, nil
}

// DeleteDataPoints deletes samples.
func (c *Collector) DeleteDataPoints(
	_ context.Context, r *collectorv1.DeleteDataPointsRequest,
) (*collectorv1.DeleteDataPointsResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(r.GetMatchers()) == 0 {
		return nil, Problem(codes.InvalidArgument, "FIELD_INVALID", "matchers", "give at least one")
	}
	samples := c.selected(r.GetMatchers(), r.StartTime, r.EndTime)
	for _, s := range samples {
		delete(c.samples, s.sampleKey)
	}
	return &collectorv1.DeleteDataPointsResponse{DeletedCount: int64(len(samples))}, nil
}
