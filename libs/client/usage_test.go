package client

import (
	"context"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
)

// fakeUsage answers GetUsage.
type fakeUsage struct {
	usagev1.UnimplementedUsageServiceServer

	answer *usagev1.GetUsageResponse
	err    error
}

func (f *fakeUsage) GetUsage(context.Context, *usagev1.GetUsageRequest) (*usagev1.GetUsageResponse, error) {
	return f.answer, f.err
}

func (f *fakeUsage) serve(t *testing.T) *StreamingClient {
	t.Helper()
	c, stop := serveBufconn(t, func(server *grpc.Server) { usagev1.RegisterUsageServiceServer(server, f) },
		func(conn net.Conn) net.Conn { return conn })
	t.Cleanup(stop)
	return c
}

func TestUsageHasEveryQuota(t *testing.T) {
	reset := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	c := (&fakeUsage{answer: &usagev1.GetUsageResponse{Usages: []*usagev1.Usage{
		{Quota: "file_bytes", Used: 5, Reserved: 6, Limit: 7},
		{Quota: "points_per_day", Used: 8, ResetTime: timestamppb.New(reset)},
	}}}).serve(t)
	got, err := c.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Usage{
		{Quota: "file_bytes", Used: 5, Reserved: 6, Limit: 7},
		{Quota: "points_per_day", Used: 8, ResetAt: reset},
	}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestUsageFailsAsOtherCallsDo(t *testing.T) {
	c := (&fakeUsage{err: status.Error(codes.PermissionDenied, "the credentials lack the scope usage:read")}).serve(t)
	_, err := c.Usage(t.Context())
	e, ok := AsError(err)
	if !ok || e.Code != codes.PermissionDenied {
		t.Errorf("got %v", err)
	}
}
