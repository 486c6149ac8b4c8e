package client

import (
	"context"
	"time"

	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
)

// Usage is how much of a quota the caller's tenant uses.
type Usage struct {
	// Quota is what is counted: "file_bytes", "files", "points_per_day" or
	// "entries_per_day".
	Quota string
	// Used and Reserved count against Limit. Reserved is set aside for work that
	// was begun.
	Used, Reserved int64
	// Limit is 0 when there is none.
	Limit int64
	// ResetAt is when a quota of a day begins anew, in UTC; zero for the others.
	ResetAt time.Time
}

// Usage returns what the caller's tenant uses of the quotas of the service that
// the client is connected to, of any kind. An [Error] tells why it can't.
func (c *StreamingClient) Usage(ctx context.Context) ([]Usage, error) {
	response, err := usagev1.NewUsageServiceClient(c.conn).GetUsage(ctx, &usagev1.GetUsageRequest{})
	if err != nil {
		return nil, c.callError(ctx, err)
	}
	usages := make([]Usage, len(response.GetUsages()))
	for i, u := range response.GetUsages() {
		usages[i] = Usage{Quota: u.GetQuota(), Used: u.GetUsed(), Reserved: u.GetReserved(), Limit: u.GetLimit()}
		if reset := u.GetResetTime(); reset != nil {
			usages[i].ResetAt = reset.AsTime()
		}
	}
	return usages, nil
}
