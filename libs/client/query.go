package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// QueryDataPoints yields the samples that the request selects, in ascending
// order of time and, for equal times, of series. The request's bucket_duration
// must be 0. The query runs each time the sequence is ranged over, and ends
// when the loop does.
//
// An error is the last thing that is yielded, with a zero sample; what came
// before it counts, and the query is not tried again. It is an [Error] for what
// the server or the connection refused. Memory grows with the number of series
// in the answer, not of samples.
func (c *StreamingClient) QueryDataPoints(
	ctx context.Context, request *collectorv1.QueryDataPointsRequest,
) iter.Seq2[Sample, error] {
	return func(yield func(Sample, error) bool) {
		if request.GetBucketDuration() != 0 {
			yield(Sample{}, errors.New("query data points: the request asks for buckets; use QueryBuckets"))
			return
		}
		err := c.query(ctx, request, func(series seriesByID, part *collectorv1.QueryDataPointsResponse) (bool, error) {
			return series.samples(part, yield)
		})
		if err != nil {
			yield(Sample{}, fmt.Errorf("query data points: %w", err))
		}
	}
}

// QueryBuckets is [StreamingClient.QueryDataPoints] for a request with a
// bucket_duration: it yields the buckets that have samples, in ascending order
// of their start and, for equal starts, of series.
func (c *StreamingClient) QueryBuckets(
	ctx context.Context, request *collectorv1.QueryDataPointsRequest,
) iter.Seq2[Bucket, error] {
	return func(yield func(Bucket, error) bool) {
		if request.GetBucketDuration() == 0 {
			yield(Bucket{}, errors.New("query buckets: the request has no bucket_duration; use QueryDataPoints"))
			return
		}
		err := c.query(ctx, request, func(series seriesByID, part *collectorv1.QueryDataPointsResponse) (bool, error) {
			return series.buckets(part, yield)
		})
		if err != nil {
			yield(Bucket{}, fmt.Errorf("query buckets: %w", err))
		}
	}
}

// query hands each part of the answer to take until that returns false or an
// error. What was cut is not asked for again: the answer may be another by then.
func (c *StreamingClient) query(
	ctx context.Context, request *collectorv1.QueryDataPointsRequest,
	take func(seriesByID, *collectorv1.QueryDataPointsResponse) (bool, error),
) error {
	begun := false
	return c.try(ctx, trial{
		attempt: func(ctx context.Context) error {
			return c.answer(ctx, request, func(series seriesByID, part *collectorv1.QueryDataPointsResponse) (bool, error) {
				begun = true
				return take(series, part)
			})
		},
		again:   func(err error) bool { return !begun && refusesToken(err) },
		reached: func() int64 { return 0 },
		waiting: func(error, time.Duration) {},
	})
}

// answer hands each part of one answer to take.
func (c *StreamingClient) answer(
	ctx context.Context, request *collectorv1.QueryDataPointsRequest,
	take func(seriesByID, *collectorv1.QueryDataPointsResponse) (bool, error),
) error {
	streamCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.points.QueryDataPoints(streamCtx, request)
	if err != nil {
		return c.callError(ctx, err)
	}
	series := seriesByID{}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return c.callError(ctx, err)
		}
		series.learn(part.GetSeries())
		if more, err := take(series, part); !more || err != nil {
			return err
		}
	}
}

// seriesByID are the series that an answer has told so far.
type seriesByID map[int64]*Series

func (s seriesByID) learn(series []*Series) {
	for _, one := range series {
		s[one.GetSeriesId()] = one
	}
}

// find fails for a series that the server has not told.
func (s seriesByID) find(id int64) (*Series, error) {
	if series := s[id]; series != nil {
		return series, nil
	}
	return nil, fmt.Errorf("the server's answer refers to a series %d that it has not told", id)
}

// samples yields the samples of a part. It returns false when the caller wants
// no more.
func (s seriesByID) samples(part *collectorv1.QueryDataPointsResponse, yield func(Sample, error) bool) (bool, error) {
	ids, timestamps, values := part.GetSeriesIds(), part.GetTimestamps(), part.GetValues()
	if len(ids) != len(timestamps) || len(ids) != len(values) {
		return false, fmt.Errorf("the server's answer has columns of %d, %d and %d samples", len(ids), len(timestamps), len(values))
	}
	for i, id := range ids {
		series, err := s.find(id)
		if err != nil {
			return false, err
		}
		if !yield(Sample{Series: series, Timestamp: timestamps[i], Value: values[i]}, nil) {
			return false, nil
		}
	}
	return true, nil
}

// buckets is samples for a part with buckets.
func (s seriesByID) buckets(part *collectorv1.QueryDataPointsResponse, yield func(Bucket, error) bool) (bool, error) {
	for _, b := range part.GetBuckets() {
		series, err := s.find(b.GetSeriesId())
		if err != nil {
			return false, err
		}
		bucket := Bucket{
			Series: series, Start: b.GetStartTime(), Count: b.GetCount(),
			Min: b.GetMin(), Max: b.GetMax(), Mean: b.GetMean(), First: b.GetFirst(), Last: b.GetLast(),
		}
		if !yield(bucket, nil) {
			return false, nil
		}
	}
	return true, nil
}
