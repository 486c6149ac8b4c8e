package interceptor_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/interceptor/ratelimit"
)

func TestConfigValidate(t *testing.T) {
	tests := []struct {
		name   string
		config ratelimit.Config
		want   string
	}{
		{"zero", ratelimit.Config{}, ""},
		{"limit", ratelimit.Config{CallsPerSecond: 0.5, Burst: 10}, ""},
		{"negative rate", ratelimit.Config{CallsPerSecond: -1}, "calls_per_second"},
		{"no number", ratelimit.Config{CallsPerSecond: math.NaN()}, "calls_per_second"},
		{"endless rate", ratelimit.Config{CallsPerSecond: math.Inf(1)}, "calls_per_second"},
		{"negative burst", ratelimit.Config{CallsPerSecond: 1, Burst: -1}, "burst"},
		{"burst alone", ratelimit.Config{Burst: 1}, "burst"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := interceptor.Config{RateLimit: test.config}.Validate()
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "rate_limit: "+test.want)
		})
	}
}
