package ratelimit_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/interceptor/ratelimit"
)

func TestValidateNamesTheSetting(t *testing.T) {
	tests := []struct {
		name   string
		config ratelimit.Config
		want   string
	}{
		{"zero", ratelimit.Config{}, ""},
		{"limit", ratelimit.Config{CallsPerSecond: 0.5, Burst: 10}, ""},
		{"negative rate", ratelimit.Config{CallsPerSecond: -1}, "rate_limit.calls_per_second must be"},
		{"no number", ratelimit.Config{CallsPerSecond: math.NaN()}, "rate_limit.calls_per_second must be"},
		{"endless rate", ratelimit.Config{CallsPerSecond: math.Inf(1)}, "rate_limit.calls_per_second must be"},
		{"negative burst", ratelimit.Config{CallsPerSecond: 1, Burst: -1}, "rate_limit.burst must not be negative"},
		{"burst alone", ratelimit.Config{Burst: 1}, "rate_limit.burst does nothing without rate_limit.calls_per_second"},
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
