package address_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/interceptor/address"
)

func TestValidateNamesTheSetting(t *testing.T) {
	tests := []struct {
		name   string
		config address.Config
		want   string
	}{
		{"zero", address.Config{}, ""},
		{"defaults", address.DefaultConfig(), ""},
		{"a negative rate", address.Config{CallsPerSecond: -1}, "limits.address.calls_per_second must be 0"},
		{"no number", address.Config{CallsPerSecond: math.NaN()}, "limits.address.calls_per_second must be 0"},
		{"an endless rate", address.Config{CallsPerSecond: math.Inf(1)}, "limits.address.calls_per_second must be 0"},
		{"a negative burst", address.Config{CallsPerSecond: 1, Burst: -1}, "limits.address.burst must not be negative"},
		{"a burst alone", address.Config{Burst: 1}, "limits.address.burst does nothing without limits.address.calls_per_second"},
		{"negative streams", address.Config{Streams: -1}, "limits.address.streams must be 0"},
		{"negative connections", address.Config{Connections: -1}, "limits.address.connections must be 0"},
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
