package quota

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// Usage is how much of a quota a tenant uses.
type Usage struct {
	Quota string
	// Used and Reserved count against Limit, which is 0 for none.
	Used, Reserved, Limit int64
	// ResetAt is when a quota of a day begins anew; zero for the others.
	ResetAt time.Time
}

// Source knows what tenants use. Safe for concurrent use.
type Source interface {
	// Usage returns the tenant's usage, one item a quota, always in the same
	// order.
	Usage(ctx context.Context, tenant string) ([]Usage, error)
}

// Service implements usagev1.UsageServiceServer. Safe for concurrent use.
type Service struct {
	usagev1.UnimplementedUsageServiceServer

	source Source
}

// NewService returns the service that tells what source knows.
func NewService(source Source) *Service { return &Service{source: source} }

// GetUsage implements usagev1.UsageServiceServer.
func (s *Service) GetUsage(ctx context.Context, _ *usagev1.GetUsageRequest) (*usagev1.GetUsageResponse, error) {
	usages, err := s.source.Usage(ctx, principal.From(ctx).Tenant)
	if err != nil {
		return nil, err
	}
	response := &usagev1.GetUsageResponse{}
	for i := range usages {
		response.Usages = append(response.Usages, usages[i].proto())
	}
	return response, nil
}

func (u *Usage) proto() *usagev1.Usage {
	shown := &usagev1.Usage{Quota: u.Quota, Used: u.Used, Reserved: u.Reserved, Limit: u.Limit}
	if !u.ResetAt.IsZero() {
		shown.ResetTime = timestamppb.New(u.ResetAt)
	}
	return shown
}
