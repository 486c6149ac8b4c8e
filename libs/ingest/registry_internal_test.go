package ingest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMessagesAreSmallerTheMoreStreamsAreOpen(t *testing.T) {
	r := NewRegistry(nil)
	for _, test := range []struct{ open, want int64 }{
		{0, 1 << 20}, {1, 1 << 20}, {8, 1 << 20}, {16, 512 << 10}, {64, 128 << 10}, {128, 64 << 10}, {100_000, 64 << 10},
	} {
		r.count.Store(test.open)
		require.EqualValues(t, test.want, r.MessageBytes(1<<20), "%d streams", test.open)
	}
	require.Equal(t, 1000, r.MessageBytes(1000), "less than that stays")
}
