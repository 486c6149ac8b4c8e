package limits_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config/configtest"
	"github.com/sluice-ingest/sluice/libs/interceptor/address"
	"github.com/sluice-ingest/sluice/libs/interceptor/limits"
)

func TestDefaultsAreWhatTheDocumentationSays(t *testing.T) {
	want := limits.Config{
		Connections: 4000,
		Address:     address.Config{CallsPerSecond: 5000, Streams: 2000, Connections: 1000},
		Principal:   limits.Bounds{Streams: 2000},
		Tenant:      limits.Bounds{Streams: 4000},
	}
	require.Equal(t, want, limits.DefaultConfig())
	require.NoError(t, want.Validate())
	configtest.Pin(t, "sluice-test", struct {
		Limits limits.Config `koanf:"limits"`
	}{want})
}

func TestValidateNamesTheSetting(t *testing.T) {
	tests := []struct {
		name   string
		config limits.Config
		want   string
	}{
		{"zero", limits.Config{}, ""},
		{"connections", limits.Config{Connections: -1}, "limits.connections must be 0"},
		{"an address", limits.Config{Address: address.Config{Streams: -1}}, "limits.address.streams must be 0"},
		{"a principal", limits.Config{Principal: limits.Bounds{Streams: -1}}, "limits.principal.streams must be 0"},
		{"a burst alone", limits.Config{Principal: limits.Bounds{Burst: 1}}, "limits.principal.burst does nothing without"},
		{"messages", limits.Config{Tenant: limits.Bounds{MessagesPerSecond: -1}}, "limits.tenant.messages_per_second must be 0"},
		{"bytes", limits.Config{Tenant: limits.Bounds{BytesPerSecond: -1}}, "limits.tenant.bytes_per_second must be 0"},
		{"tenants", limits.Config{Tenants: []string{"a=streams:1;burst:2;calls_per_second:3;messages_per_second:4.5;bytes_per_second:1MiB", "b=streams: 1; burst: 0"}}, ""},
		{"no tenant", limits.Config{Tenants: []string{"=streams:1"}}, `limits.tenants has "=streams:1": write tenant=key:value;key:value`},
		{"no settings", limits.Config{Tenants: []string{"a"}}, `limits.tenants has "a": write`},
		{"a tenant's unknown key", limits.Config{Tenants: []string{"a=stream:1"}}, `"stream:1": the keys are calls_per_second, burst, streams`},
		{"a tenant's wrong value", limits.Config{Tenants: []string{"a=streams:many"}}, `"streams:many": `},
		{"a tenant's wrong size", limits.Config{Tenants: []string{"a=bytes_per_second:-1"}}, `is not a size such as 64MiB`},
		{"a tenant's negative value", limits.Config{Tenants: []string{"a=streams:-1"}}, `streams must be 0`},
		{"a tenant twice", limits.Config{Tenants: []string{"a=streams:1", "a=streams:2"}}, "the tenant has an entry already"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.config.Validate()
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}
