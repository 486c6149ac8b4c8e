package bench

import (
	"context"

	"google.golang.org/grpc"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// logService is the log service.
type logService struct{ client *client.StreamingClient }

func newLogService(c *client.StreamingClient) frameService { return logService{c} }

func (s logService) ping(ctx context.Context) error {
	return s.await(ctx, nil)
}

func (s logService) collect(ctx context.Context, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return s.client.Logs().CollectLogs(ctx, opts...)
}

func (logService) answer(stream grpc.ClientStream) (accepted int64, err error) {
	var receipt logaggv1.CollectLogsResponse
	err = stream.RecvMsg(&receipt)
	return receipt.GetIndexedCount(), err
}

func (s logService) watch(ctx context.Context, producerID string) (func() (int64, error), error) {
	watch, err := s.client.Logs().WatchPosition(ctx, &logaggv1.WatchPositionRequest{ProducerId: producerID})
	if err != nil {
		return nil, err
	}
	return func() (int64, error) {
		moved, err := watch.Recv()
		return moved.GetPosition().GetPosition().GetDurable(), err
	}, nil
}

func (s logService) await(ctx context.Context, wait *queryv1.WaitFor) error {
	// No application has this name, so that the query does nothing but wait.
	none := &logaggv1.LogFilter{Applications: []string{"none"}}
	_, err := s.client.Logs().GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{Filter: none, WaitFor: wait})
	return err
}

func (s logService) count(ctx context.Context) (count int64, err error) {
	answer, err := s.client.Logs().GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{})
	for _, row := range answer.GetStatistics() {
		count += row.GetCount()
	}
	return count, err
}
