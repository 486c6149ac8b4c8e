package quota_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/quota"
)

func TestTenantsHaveTheirOwnLimits(t *testing.T) {
	limits, err := quota.Parse("quotas.points_per_day", 100, []string{"acme=1000", "free=0", "a=b=c"})
	require.ErrorContains(t, err, `quotas.tenants has "a=b=c"`)
	require.EqualValues(t, 1000, limits.Of("acme"))
	require.EqualValues(t, 0, limits.Of("free"))
	require.EqualValues(t, 100, limits.Of("other"))
	require.Zero(t, quota.Limits{}.Of("anybody"))
}

func TestLimitsThatCannotBeUsed(t *testing.T) {
	for _, setting := range []string{"acme", "acme=", "=5", "acme=-1", "acme=1e6", "acme=1GiB", "acme=9223372036854775808"} {
		_, err := quota.Parse("quotas.points_per_day", 0, []string{setting})
		require.ErrorContains(t, err, "write tenant=number", setting)
	}
	_, err := quota.Parse("quotas.points_per_day", 0, []string{"acme=1", "acme=2"})
	require.ErrorContains(t, err, `quotas.tenants has the tenant "acme" twice`)
	_, err = quota.Parse("quotas.points_per_day", -1, nil)
	require.ErrorContains(t, err, "quotas.points_per_day must be 0 or above")
}
