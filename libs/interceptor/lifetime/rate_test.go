package lifetime

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestSlowStreamsEnd(t *testing.T) {
	const minute = time.Minute
	tests := []struct {
		name     string
		arrivals []arrival
		work     time.Duration
		// lasts is when the stream is cut as too slow; 0 for not at all.
		lasts time.Duration
	}{
		{"one byte a second", every(time.Second, 1, 1000), 0, minute},
		{"just below the rate", every(time.Second, 1023, 1000), 0, minute},
		{"the rate", every(time.Second, 1024, 1000), 0, 0},
		{"slow after a good beginning", slices.Concat(every(time.Second, 1<<20, 90), every(time.Second, 1, 200)), 0, 3 * minute},
		{"a large message takes longer than the window", every(4*minute, 1<<20, 5), 0, 0},
		{"a small message takes as long", every(4*minute, 1<<10, 5), 0, 4 * minute},
		{"a large message after a header", slices.Concat(every(time.Second, 10, 1), every(4*minute, 1<<20, 1)), 0, 0},
		{"the server is the slow one", every(time.Second, 1, 50), 5 * time.Second, 0},
		{"over before the window is", every(time.Second, 1, 59), 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{arrivals: test.arrivals, closes: true}
				lasted, err := call(t, FileConfig(), principal.Anonymous, clientStream, s, receiveAll(test.work))
				if test.lasts == 0 {
					require.NoError(t, err)
					return
				}
				require.Equal(t, problem.StreamTooSlow, problem.ReasonOf(err))
				require.Equal(t, test.lasts, lasted)
			})
		})
	}
}
