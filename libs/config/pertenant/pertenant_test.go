package pertenant_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config/pertenant"
)

func TestATenantThatIsSetTwiceIsNamedWithBothItems(t *testing.T) {
	require.NoError(t, pertenant.Check("quotas.tenants", nil))
	require.NoError(t, pertenant.Check("quotas.tenants", []string{"a=1", "b=1", "A=1"}))
	err := pertenant.Check("quotas.tenants", []string{"a=1", "b=1", "a=2", "b=1"})
	require.EqualError(t, err, `quotas.tenants has the tenant "a" twice, in item 1, "a=1", and in item 3, "a=2": keep one`+"\n"+
		`quotas.tenants has the tenant "b" twice, in item 2, "b=1", and in item 4, "b=1": keep one`)
}
