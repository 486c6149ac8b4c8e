package retention_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/retention"
)

func TestATenantHasItsOwnRetentionOrTheDefault(t *testing.T) {
	kept, err := retention.Parse(time.Hour, []string{"acme=720h", "b=0s"})
	require.NoError(t, err)
	require.Equal(t, 720*time.Hour, kept.Of("acme"))
	require.Zero(t, kept.Of("b"), "for good")
	require.Equal(t, time.Hour, kept.Of("c"))
	require.Zero(t, retention.Retention{}.Of("c"), "for good")
}

func TestEverySettingThatCannotBeIsNamed(t *testing.T) {
	_, err := retention.Parse(-1, []string{"b=1h", "acme", "acme=-1h", "=1h", "acme=soon"})
	require.ErrorContains(t, err, "retention must be 0 or above")
	for _, setting := range []string{"acme", "acme=-1h", "=1h", "acme=soon"} {
		require.ErrorContains(t, err, `tenant_retention has "`+setting+`": write tenant=duration, for example acme=720h`)
	}
	require.NotContains(t, err.Error(), "b=1h")
	_, err = retention.Parse(0, []string{"acme=1h", "acme=2h"})
	require.ErrorContains(t, err, `tenant_retention has the tenant "acme" twice`)
}
