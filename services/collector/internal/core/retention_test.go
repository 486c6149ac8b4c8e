package core_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// expiry is what an expirer was asked to delete.
type expiry struct {
	ids    []core.SeriesID
	before int64
}

type expirer struct {
	asked []expiry
	// broken is the first series of the tenant that fails.
	broken core.SeriesID
}

var errBroken = errors.New("broken")

func (e *expirer) Expire(_ context.Context, ids []core.SeriesID, before int64) (int64, error) {
	if ids[0] == e.broken {
		return 0, errBroken
	}
	e.asked = append(e.asked, expiry{ids: ids, before: before})
	return int64(len(ids)), nil
}

func sweeper(r core.Retention, e *expirer, now time.Time) *core.RetentionSweeper {
	return &core.RetentionSweeper{
		Retention: r, Expirer: e, Now: func() time.Time { return now },
		Index: seriesList{{ID: 1, Tenant: "acme"}, {ID: 2, Tenant: "acme"}, {ID: 3, Tenant: "b"}, {ID: 4, Tenant: "c"}},
	}
}

func TestEachTenantKeepsItsRetention(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	before := func(d time.Duration) int64 { return now.Add(-d).UnixNano() }
	acme := expiry{ids: []core.SeriesID{1, 2}, before: before(720 * time.Hour)}
	for _, c := range []struct {
		retention core.Retention
		want      []expiry
		deleted   int64
	}{
		{core.Retention{}, nil, 0},
		{core.Retention{Tenants: map[string]time.Duration{"acme": 720 * time.Hour, "unheard": time.Hour}}, []expiry{acme}, 2},
		{
			core.Retention{Default: time.Hour, Tenants: map[string]time.Duration{"acme": 720 * time.Hour, "b": 0}},
			[]expiry{acme, {ids: []core.SeriesID{4}, before: before(time.Hour)}}, 3,
		},
	} {
		var e expirer
		deleted, err := sweeper(c.retention, &e, now).Sweep(t.Context())
		require.NoError(t, err)
		require.Equal(t, c.deleted, deleted)
		require.Equal(t, c.want, e.asked)
	}
}

func TestATenantThatFailsDoesNotHoldUpTheOthers(t *testing.T) {
	e := expirer{broken: 1}
	deleted, err := sweeper(core.Retention{Default: time.Hour}, &e, time.Unix(1_700_000_000, 0)).Sweep(t.Context())
	require.ErrorIs(t, err, errBroken)
	require.ErrorContains(t, err, `"acme"`)
	require.Equal(t, int64(2), deleted)
	require.Len(t, e.asked, 2)
}

func TestASweepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var e expirer
	_, err := sweeper(core.Retention{Default: time.Hour}, &e, time.Unix(1_700_000_000, 0)).Sweep(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, e.asked)
}
