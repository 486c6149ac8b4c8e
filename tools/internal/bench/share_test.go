package bench_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/bench"
)

func TestShareReportsEachFigure(t *testing.T) {
	figures, err := bench.Share(t.Context(), bench.ShareConfig{
		Setting: setting(t, &collectorTarget{t: t}), Streams: 3, Frame: 10, Span: 100 * time.Millisecond,
	})
	require.NoError(t, err)
	var names []string
	for _, f := range figures {
		names = append(names, f.Name+" "+f.Unit)
		require.Positive(t, f.Value, f.Name)
	}
	require.Equal(t, []string{"share_one %", "share_points points/s", "floor_dd MB/s"}, names)
	require.Less(t, figures[0].Value, 100.0)
}
