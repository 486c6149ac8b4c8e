package bench

import (
	"context"
	"time"

	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/matcher"
)

// pointService is the collector.
type pointService struct{ client *client.StreamingClient }

func newPointService(c *client.StreamingClient) frameService { return pointService{c} }

func (s pointService) ping(ctx context.Context) error {
	_, err := s.client.Points().ListSeries(ctx, &collectorv1.ListSeriesRequest{PageSize: 1})
	return err
}

func (s pointService) collect(ctx context.Context, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return s.client.Points().CollectDataPoints(ctx, opts...)
}

func (pointService) answer(stream grpc.ClientStream) (accepted int64, err error) {
	var receipt collectorv1.CollectDataPointsResponse
	err = stream.RecvMsg(&receipt)
	return receipt.GetSuccessfulCount(), err
}

func (s pointService) watch(ctx context.Context, producerID string) (func() (int64, error), error) {
	watch, err := s.client.Points().WatchPosition(ctx, &collectorv1.WatchPositionRequest{ProducerId: producerID})
	if err != nil {
		return nil, err
	}
	return func() (int64, error) {
		moved, err := watch.Recv()
		return moved.GetPosition().GetPosition().GetDurable(), err
	}, nil
}

func (s pointService) await(ctx context.Context, wait *queryv1.WaitFor) error {
	// No source has this name, so that the query does nothing but wait.
	_, err := s.sum(ctx, matcher.Source("none"), wait)
	return err
}

func (s pointService) count(ctx context.Context) (int64, error) {
	return s.sum(ctx, matcher.Everything(), nil)
}

// wholeSeries is a bucket that has all samples of a series.
const wholeSeries = 1e18 * time.Nanosecond

// sum counts samples.
func (s pointService) sum(ctx context.Context, m *collectorv1.SeriesMatcher, wait *queryv1.WaitFor) (count int64, err error) {
	request := &collectorv1.QueryDataPointsRequest{
		Matchers: []*collectorv1.SeriesMatcher{m}, BucketDuration: wholeSeries.Nanoseconds(), WaitFor: wait,
	}
	for bucket, err := range s.client.QueryBuckets(ctx, request) {
		if err != nil {
			return 0, err
		}
		count += bucket.Count
	}
	return count, nil
}
