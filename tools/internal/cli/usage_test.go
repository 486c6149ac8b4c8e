package cli_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
)

// usages answers GetUsage.
type usages struct {
	usagev1.UnimplementedUsageServiceServer

	of []*usagev1.Usage
}

func (u *usages) GetUsage(context.Context, *usagev1.GetUsageRequest) (*usagev1.GetUsageResponse, error) {
	return &usagev1.GetUsageResponse{Usages: u.of}, nil
}

// telling returns the address of a server that tells usages.
func telling(t *testing.T, of ...*usagev1.Usage) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	usagev1.RegisterUsageServiceServer(server, &usages{of: of})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func TestUsageOfFiles(t *testing.T) {
	addr := telling(t,
		&usagev1.Usage{Quota: "file_bytes", Used: 20 * mib, Reserved: 5 * mib, Limit: 100 * mib},
		&usagev1.Usage{Quota: "files", Used: 3, Reserved: 1})
	got := sluice(t, "usage", "--addr", addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `QUOTA       USED    RESERVED  LIMIT    RESETS
file_bytes  20 MiB  5.0 MiB   100 MiB  
files       3       1         none     
`, got.stdout)
	require.Equal(t, []map[string]any{
		{"quota": "file_bytes", "used": 20.0 * mib, "reserved": 5.0 * mib, "limit": 100.0 * mib},
		{"quota": "files", "used": 3.0, "reserved": 1.0, "limit": 0.0},
	}, sluice(t, "usage", "--json", "--addr", addr).objects(t))
}

func TestUsageOfADay(t *testing.T) {
	reset := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	addr := telling(t, &usagev1.Usage{Quota: "points_per_day", Used: 42, Limit: 100, ResetTime: timestamppb.New(reset)})
	for _, service := range []string{"points", "logs"} {
		got := sluice(t, "usage", service, "--addr", addr)
		require.Equal(t, 0, got.code, got.stderr)
		require.Contains(t, got.stdout, "points_per_day  42    0         100    "+reset.Local().Format(time.DateTime))
	}
	require.Equal(t, []map[string]any{
		{"quota": "points_per_day", "used": 42.0, "reserved": 0.0, "limit": 100.0, "reset_time": "2026-11-24T00:00:00Z"},
	}, sluice(t, "usage", "points", "--json", "--addr", addr).objects(t))
}

func TestUsageTakesNoOtherArgument(t *testing.T) {
	require.Equal(t, 2, sluice(t, "usage", "everything").code)
}
