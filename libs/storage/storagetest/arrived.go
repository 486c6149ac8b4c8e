package storagetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/quota"
)

func (f *fixture) arrive(arrived ...quota.Arrived) {
	f.t.Helper()
	f.position += 100
	require.NoError(f.t, f.take(f.t.Context(), f.position, nil, arrived))
}

func (f *fixture) requireArrived(since quota.Day, want ...quota.Arrived) {
	f.t.Helper()
	got, err := f.Arrived(f.t.Context(), since)
	require.NoError(f.t, err)
	require.ElementsMatch(f.t, want, got)
}

func arrivedAddsUp(_ *testing.T, f *fixture) {
	day := quota.DayOf(morning)
	f.requireArrived(0)
	f.arrive(quota.Arrived{Tenant: "acme", Day: day, Items: 1 << 40}, quota.Arrived{Tenant: "beta", Day: day, Items: 2})
	f.arrive()
	f.arrive(quota.Arrived{Tenant: "acme", Day: day, Items: 3}, quota.Arrived{Tenant: "acme", Day: day + 1, Items: 5})
	f.arrive(quota.Arrived{Tenant: "", Day: day - 1, Items: 7})
	for range 2 {
		f.requireArrived(day,
			quota.Arrived{Tenant: "acme", Day: day, Items: 1<<40 + 3}, quota.Arrived{Tenant: "beta", Day: day, Items: 2},
			quota.Arrived{Tenant: "acme", Day: day + 1, Items: 5})
		f.requireArrived(day+1, quota.Arrived{Tenant: "acme", Day: day + 1, Items: 5})
		f.requireArrived(day + 2)
		f.reopen()
	}
	f.requirePosition()
}

func daysAreForgotten(t *testing.T, f *fixture) {
	day := quota.DayOf(morning)
	f.arrive(quota.Arrived{Tenant: "acme", Day: day - 1, Items: 1}, quota.Arrived{Tenant: "acme", Day: day, Items: 2})
	_, err := f.ForgetProducers(t.Context(), morning, morning.Add(-time.Hour))
	require.NoError(t, err)
	for range 2 {
		f.requireArrived(0, quota.Arrived{Tenant: "acme", Day: day, Items: 2})
		f.reopen()
	}
}
