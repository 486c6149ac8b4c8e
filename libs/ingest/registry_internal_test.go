package ingest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMessagesAreSmallInACrowd(t *testing.T) {
	r := NewRegistry(nil)
	require.Equal(t, 1<<20, r.MessageBytes(1<<20))
	r.count.Store(crowd + 1)
	require.Equal(t, crowdBytes, r.MessageBytes(1<<20))
	require.Equal(t, 1000, r.MessageBytes(1000), "less than that stays")
}
