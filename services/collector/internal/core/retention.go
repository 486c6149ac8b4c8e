package core

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Retention is how long samples are kept by their timestamps. The zero value
// keeps everything.
type Retention struct {
	// Default for tenants that are not named; 0 keeps everything.
	Default time.Duration
	// Tenants by name; 0 keeps everything.
	Tenants map[string]time.Duration
}

// Of returns how long the tenant's samples are kept; 0 means for good.
func (r Retention) Of(tenant string) time.Duration {
	if kept, named := r.Tenants[tenant]; named {
		return kept
	}
	return r.Default
}

// TenantIndex knows the series of each tenant. Safe for concurrent use.
type TenantIndex interface {
	// Tenants returns those that have series.
	Tenants() []string
	// Select returns the tenant's series that all the matchers match, in
	// ascending order.
	Select(tenant string, matchers []Matcher) []SeriesID
}

// Expirer deletes old samples for good.
type Expirer interface {
	// Expire deletes the samples of the series with timestamps before the given
	// one, in Unix nanoseconds, and returns their number.
	Expire(ctx context.Context, ids []SeriesID, before int64) (int64, error)
}

// RetentionSweeper deletes the samples that are older than their tenant's
// retention. All fields are required. One goroutine sweeps at a time.
type RetentionSweeper struct {
	Retention Retention
	Index     TenantIndex
	Expirer   Expirer
	Now       func() time.Time
}

// Sweep deletes what is due now and returns the number of samples. A tenant
// whose deletion fails does not hold up the others.
func (s *RetentionSweeper) Sweep(ctx context.Context) (int64, error) {
	var deleted int64
	var failures []error
	for _, tenant := range s.Index.Tenants() {
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

func (s *RetentionSweeper) expire(ctx context.Context, tenant string) (int64, error) {
	kept := s.Retention.Of(tenant)
	if kept == 0 {
		return 0, nil
	}
	return s.Expirer.Expire(ctx, s.Index.Select(tenant, nil), s.Now().Add(-kept).UnixNano())
}
