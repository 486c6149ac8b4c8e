package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
)

func TestBytesReadsSizes(t *testing.T) {
	tests := []struct {
		text string
		want config.Bytes
	}{
		{"0", 0},
		{"1048576", config.MiB},
		{"64MiB", 64 * config.MiB},
		{"64 mib", 64 * config.MiB},
		{"1.5GiB", 1536 * config.MiB},
		{"10GB", 10_000_000_000},
		{"9223372036854775807", 1<<63 - 1},
	}
	for _, test := range tests {
		var got config.Bytes
		require.NoError(t, got.UnmarshalText([]byte(test.text)), test.text)
		require.Equal(t, test.want, got, test.text)
	}
}

func TestBytesRefusesWhatIsNoSize(t *testing.T) {
	for _, text := range []string{"", "-1", "-1MiB", "many", "1XB", "9223372036854775808", "16EiB"} {
		got := config.MiB
		require.Error(t, got.UnmarshalText([]byte(text)), text)
		require.Equal(t, config.MiB, got, "the value changed")
	}
}

func TestBytesTextIsExact(t *testing.T) {
	tests := []struct {
		size config.Bytes
		want string
	}{
		{0, "0"}, {1, "1"}, {config.KiB, "1KiB"}, {config.MiB + 1, "1048577"},
		{1536 * config.MiB, "1536MiB"}, {10 * config.GiB, "10GiB"}, {2048 * config.GiB, "2TiB"},
	}
	for _, test := range tests {
		require.Equal(t, test.want, test.size.String())
		var back config.Bytes
		require.NoError(t, back.UnmarshalText([]byte(test.want)))
		require.Equal(t, test.size, back)
	}
}
