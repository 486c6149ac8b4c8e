package client

import (
	"context"
	"fmt"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// DeleteLogs deletes the selected entries among all that were accepted before
// the call, and returns their number once that is durable and searches see it.
// The filter needs at least one condition; a Start of 1970 selects all entries.
// An error is an [Error]. The call is not tried again: after one whose answer
// got lost the number is not known.
func (c *StreamingClient) DeleteLogs(ctx context.Context, filter LogFilter) (int64, error) {
	answer, err := c.logs.DeleteLogs(ctx, &logaggv1.DeleteLogsRequest{Filter: filter.encoded()})
	if err != nil {
		return 0, fmt.Errorf("delete logs: %w", c.callError(ctx, err))
	}
	return answer.GetDeletedCount(), nil
}

// FlushLogs has the server bring everything that was acknowledged before the
// call into its store at once, and returns when searches see it. An error is an
// [Error]; the call is not tried again.
func (c *StreamingClient) FlushLogs(ctx context.Context) error {
	if _, err := c.logs.FlushLogs(ctx, &logaggv1.FlushLogsRequest{}); err != nil {
		return fmt.Errorf("flush logs: %w", c.callError(ctx, err))
	}
	return nil
}
