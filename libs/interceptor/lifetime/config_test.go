package lifetime

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfigsThatCannotBeUsedNameTheSetting(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"negative age", Config{MaxAge: -1}, "streams.max_age"},
		{"age without a unit", Config{MaxAge: 300}, "streams.max_age"},
		{"negative idle time", Config{IdleTimeout: -time.Second}, "streams.idle_timeout"},
		{"idle time without a unit", Config{IdleTimeout: 300}, "streams.idle_timeout"},
		{"negative rate", Config{MinBytesPerSecond: -1}, "streams.min_bytes_per_second"},
		{"rate over no window", Config{MinBytesPerSecond: 1}, "streams.min_rate_window"},
		{"negative window", Config{MinRateWindow: -1}, "streams.min_rate_window"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { require.ErrorContains(t, test.cfg.Validate(), test.want) })
	}
	err := Config{MaxAge: -1, IdleTimeout: -1}.Validate()
	require.ErrorContains(t, err, "streams.max_age")
	require.ErrorContains(t, err, "streams.idle_timeout")
}

func TestTheDefaultsAreValid(t *testing.T) {
	require.NoError(t, DefaultConfig().Validate())
	require.NoError(t, FileConfig().Validate())
	require.NoError(t, Config{}.Validate())
}
