package service

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseCPU(t *testing.T) {
	stat := "4711 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0 9 0 1"
	got, err := parseCPU([]byte(stat))
	require.NoError(t, err)
	require.Equal(t, 1750*time.Millisecond, got)

	for _, broken := range []string{"", "4711 (a) S 1", "4711 (a) S 1 2 3 4 5 6 7 8 9 10 x 25 0"} {
		_, err := parseCPU([]byte(broken))
		require.Error(t, err, broken)
	}
}

func TestParsePeak(t *testing.T) {
	got, err := parsePeak([]byte("Name:\tsluice\nVmPeak:\t  900 kB\nVmHWM:\t  123 kB\nVmRSS:\t  100 kB\n"))
	require.NoError(t, err)
	require.Equal(t, int64(123<<10), got)

	_, err = parsePeak([]byte("Name:\tsluice\n"))
	require.ErrorIs(t, err, errNoUsage)
}
