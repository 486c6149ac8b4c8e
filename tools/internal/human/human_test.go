package human_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/human"
)

func TestSizeAndRate(t *testing.T) {
	require.Equal(t, "0 B", human.Size(0))
	require.Equal(t, "0 B", human.Size(-1))
	require.Equal(t, "1.0 KiB", human.Size(1024))
	require.Equal(t, "10 MiB", human.Size(10<<20))
	require.Equal(t, "350 MiB/s", human.Rate(350.2*(1<<20)))
}

func TestDuration(t *testing.T) {
	tests := map[time.Duration]string{
		0:                                     "0.00s",
		1234 * time.Millisecond:               "1.23s",
		12345 * time.Millisecond:              "12.3s",
		83*time.Second + 400*time.Millisecond: "1m23s",
	}
	for d, want := range tests {
		require.Equal(t, want, human.Duration(d))
	}
}

func TestCount(t *testing.T) {
	require.Equal(t, "0 files", human.Count(0, "file"))
	require.Equal(t, "1 file", human.Count(1, "file"))
	require.Equal(t, "5,000 files", human.Count(5000, "file"))
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"4096": 4096, "10MiB": 10 << 20, "1GB": 1e9, "1 GiB": 1 << 30} {
		got, err := human.ParseSize(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "-1", "ten", "9EiB"} {
		_, err := human.ParseSize(text)
		require.ErrorContains(t, err, "is no size; write one such as", text)
	}
}

func TestParseLifetime(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{"90d": 90 * day, "2w": 14 * day, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute} {
		got, err := human.ParseLifetime(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "0d", "-1d", "-5m", "d", "1.5d", "90", "99999999d"} {
		_, err := human.ParseLifetime(text)
		require.ErrorContains(t, err, "is no time; write one such as", text)
	}
}

func TestText(t *testing.T) {
	require.Equal(t, `a "b" \c.txt`, human.Text(`a "b" \c.txt`))
	require.Equal(t, "naïve 文.txt", human.Text("naïve 文.txt"))
	require.Equal(t, `"a\x1b[2J.txt"`, human.Text("a\x1b[2J.txt"))
	require.Equal(t, `"a\u202etxt.exe"`, human.Text("a\u202etxt.exe"))
	require.Equal(t, `"a\nb"`, human.Text("a\nb"))
}
