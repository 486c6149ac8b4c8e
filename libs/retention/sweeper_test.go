package retention_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/retention"
)

// expiry is what an expirer was asked to delete.
type expiry struct {
	tenant string
	before int64
}

// expirer has the tenants acme, b and c, with two rows each.
type expirer struct {
	asked []expiry
	// broken is the tenant that fails.
	broken string
	lost   error
}

var errBroken = errors.New("broken")

func (e *expirer) Tenants(context.Context) ([]string, error) {
	return []string{"acme", "b", "c"}, e.lost
}

func (e *expirer) Expire(_ context.Context, tenant string, before int64) (int64, error) {
	if tenant == e.broken {
		return 0, errBroken
	}
	e.asked = append(e.asked, expiry{tenant: tenant, before: before})
	return 2, nil
}

var now = time.Unix(1_700_000_000, 0)

func sweeper(r retention.Retention, e *expirer) *retention.Sweeper {
	return &retention.Sweeper{Retention: r, Expirer: e, Now: func() time.Time { return now }}
}

func TestEachTenantKeepsItsRetention(t *testing.T) {
	before := func(d time.Duration) int64 { return now.Add(-d).UnixNano() }
	acme := expiry{tenant: "acme", before: before(720 * time.Hour)}
	for _, c := range []struct {
		retention retention.Retention
		want      []expiry
		deleted   int64
	}{
		{retention.Retention{}, nil, 0},
		{retention.Retention{Tenants: map[string]time.Duration{"acme": 720 * time.Hour, "unheard": time.Hour}}, []expiry{acme}, 2},
		{
			retention.Retention{Default: time.Hour, Tenants: map[string]time.Duration{"acme": 720 * time.Hour, "b": 0}},
			[]expiry{acme, {tenant: "c", before: before(time.Hour)}}, 4,
		},
	} {
		var e expirer
		deleted, err := sweeper(c.retention, &e).Sweep(t.Context())
		require.NoError(t, err)
		require.Equal(t, c.deleted, deleted)
		require.Equal(t, c.want, e.asked)
	}
}

func TestATenantThatFailsDoesNotHoldUpTheOthers(t *testing.T) {
	e := expirer{broken: "acme"}
	deleted, err := sweeper(retention.Retention{Default: time.Hour}, &e).Sweep(t.Context())
	require.ErrorIs(t, err, errBroken)
	require.ErrorContains(t, err, `"acme"`)
	require.Equal(t, int64(4), deleted)
	require.Len(t, e.asked, 2)
}

func TestNothingIsDeletedWhenTheTenantsAreNotKnown(t *testing.T) {
	e := expirer{lost: errBroken}
	_, err := sweeper(retention.Retention{Default: time.Hour}, &e).Sweep(t.Context())
	require.ErrorIs(t, err, errBroken)
	require.Empty(t, e.asked)
}

func TestASweepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var e expirer
	_, err := sweeper(retention.Retention{Default: time.Hour}, &e).Sweep(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, e.asked)
}
