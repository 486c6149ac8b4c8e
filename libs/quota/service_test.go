package quota_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// source knows the usage of tenants by name.
type source map[string][]quota.Usage

var errNobody = errors.New("nobody")

func (s source) Usage(_ context.Context, tenant string) ([]quota.Usage, error) {
	usage, known := s[tenant]
	if !known {
		return nil, errNobody
	}
	return usage, nil
}

func TestATenantIsToldItsOwnUsage(t *testing.T) {
	reset := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	service := quota.NewService(source{
		"acme": {{Quota: "file_bytes", Used: 5, Reserved: 6, Limit: 7}, {Quota: "points_per_day", Used: 8, ResetAt: reset}},
		"beta": {},
	})
	got, err := service.GetUsage(principal.With(t.Context(), principal.Principal{Tenant: "acme"}), &usagev1.GetUsageRequest{})
	require.NoError(t, err)
	want := &usagev1.GetUsageResponse{Usages: []*usagev1.Usage{
		{Quota: "file_bytes", Used: 5, Reserved: 6, Limit: 7},
		{Quota: "points_per_day", Used: 8, ResetTime: timestamppb.New(reset)},
	}}
	require.True(t, proto.Equal(want, got), "%v", got)
	_, err = service.GetUsage(principal.With(t.Context(), principal.Principal{Tenant: "other"}), &usagev1.GetUsageRequest{})
	require.ErrorIs(t, err, errNobody)
}

func TestRefusalsAreCountedByQuota(t *testing.T) {
	registry := prometheus.NewRegistry()
	refusals := quota.NewRefusals(registry, "fileupload", "file_bytes", "files")
	refusals.Of("files")()
	refusals.Of("files")()
	count, err := testutil.GatherAndCount(registry, "sluice_fileupload_quota_refusals_total")
	require.NoError(t, err)
	require.Equal(t, 2, count, "both quotas are there from the start")
	families, err := registry.Gather()
	require.NoError(t, err)
	require.InDelta(t, 2, families[0].GetMetric()[1].GetCounter().GetValue(), 0)
}
