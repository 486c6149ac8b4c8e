package collector

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/front"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

func TestTheServiceEndsWhileTheStoreFails(t *testing.T) {
	cfg := DefaultConfig()
	cfg.DataDir = t.TempDir()
	cfg.Server.Listen, cfg.Server.AdminListen = "127.0.0.1:0", ""
	cfg.JanitorInterval = time.Millisecond
	cfg.Store.BatchInterval = 100 * time.Millisecond
	points, err := openPoints(t.Context(), cfg, prometheus.NewRegistry(), zap.NewNop())
	require.NoError(t, err)
	srv, err := front.New(t.Context(), cfg.Config, front.Options{
		Service: "collector", Metrics: prometheus.NewRegistry(), Log: zap.NewNop(), Configuration: cfg,
	})
	require.NoError(t, err)
	intake := frames.NewIntake(points.data.Journal, points.data.Producers, time.Now)
	c, err := core.NewCollector(intake, points.index, core.DefaultLimits()).
		Open(t.Context(), frames.Opening{Key: producer.Key{Tenant: "t"}, StartedAt: time.Now()})
	require.NoError(t, err)
	require.NoError(t, c.Begin(t.Context()))
	frame, err := proto.Marshal(&collectorv1.CollectDataPointsRequest{Points: []*collectorv1.DataPoint{
		{Source: "a", Timestamp: time.Now().UnixNano(), Metrics: map[string]float64{"m": 1}},
	}})
	require.NoError(t, err)
	require.NoError(t, c.Take(t.Context(), frame))
	require.NoError(t, c.Settle(t.Context()))
	c.Close()

	require.NoError(t, points.data.Store.Close()) // From now on it fails.
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- points.service.Serve(ctx, srv) }()
	time.Sleep(500 * time.Millisecond)
	stop()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the service does not end")
	}
	_ = points.close()
}
