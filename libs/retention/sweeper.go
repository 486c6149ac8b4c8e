package retention

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Expirer deletes old data for good.
type Expirer interface {
	// Tenants returns those that may have data.
	Tenants(ctx context.Context) ([]string, error)
	// Expire deletes the tenant's rows with timestamps before the given one, in
	// Unix nanoseconds, and returns their number.
	Expire(ctx context.Context, tenant string, before int64) (int64, error)
}

// Sweeper deletes what is older than its tenant's retention. All fields are
// required. One goroutine sweeps at a time.
type Sweeper struct {
	Retention Retention
	Expirer   Expirer
	Now       func() time.Time
}

// Sweep deletes what is due now and returns the number of rows. A tenant whose
// deletion fails does not hold up the others.
func (s *Sweeper) Sweep(ctx context.Context) (int64, error) {
	tenants, err := s.Expirer.Tenants(ctx)
	if err != nil {
		return 0, fmt.Errorf("list the tenants: %w", err)
	}
	var deleted int64
	var failures []error
	for _, tenant := range tenants {
		if err := context.Cause(ctx); err != nil {
			return deleted, errors.Join(append(failures, err)...)
		}
		count, err := s.expire(ctx, tenant)
		deleted += count
		if err != nil {
			failures = append(failures, fmt.Errorf("delete what tenant %q keeps no longer: %w", tenant, err))
		}
	}
	return deleted, errors.Join(failures...)
}

func (s *Sweeper) expire(ctx context.Context, tenant string) (int64, error) {
	kept := s.Retention.Of(tenant)
	if kept == 0 {
		return 0, nil
	}
	return s.Expirer.Expire(ctx, tenant, s.Now().Add(-kept).UnixNano())
}
