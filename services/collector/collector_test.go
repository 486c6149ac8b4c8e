package collector_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config/configtest"
	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/services/collector"
)

func TestDefaultsAreValidAndPinnedToTheFlags(t *testing.T) {
	require.NoError(t, collector.DefaultConfig().Validate())
	configtest.Pin(t, "sluice-collector", collector.DefaultConfig())
}

func TestConfigErrorsSayWhatIsWrong(t *testing.T) {
	tests := []struct {
		want   string
		change func(*collector.Config)
	}{
		{"data_dir is empty", func(c *collector.Config) { c.DataDir = "" }},
		{"max_frame_points must be above 0", func(c *collector.Config) { c.MaxFramePoints = 0 }},
		{"max_message_bytes must be at most 3MiB", func(c *collector.Config) { c.Server.MaxMessageBytes = 32 << 20 }},
		{"max_series must be above 0", func(c *collector.Config) { c.MaxSeries = 0 }},
		{"retention must be 0 or above", func(c *collector.Config) { c.Retention = -1 }},
		{`tenant_retention has "acme"`, func(c *collector.Config) { c.TenantRetention = []string{"acme"} }},
		{`tenant_retention has "acme=-1h"`, func(c *collector.Config) { c.TenantRetention = []string{"b=1h", "acme=-1h"} }},
		{`tenant_retention has "=1h"`, func(c *collector.Config) { c.TenantRetention = []string{"=1h"} }},
		{"producer_expiry must be at least 168h", func(c *collector.Config) { c.ProducerExpiry = time.Hour }},
		{"janitor_interval must be above 0", func(c *collector.Config) { c.JanitorInterval = 0 }},
		{"journal.segment_size must be at least 8MiB", func(c *collector.Config) { c.Journal.SegmentSize = 1 << 20 }},
		{"journal.max_size must be at least twice", func(c *collector.Config) { c.Journal.MaxSize = 100 << 20 }},
		{"store.memory_limit must be at least 64MiB", func(c *collector.Config) { c.Store.MemoryLimit = 1 << 20 }},
		{"store.threads must be 0 or above", func(c *collector.Config) { c.Store.Threads = -1 }},
		{"store.queries must be above 0", func(c *collector.Config) { c.Store.Queries = 0 }},
		{"store.batch_samples must be above 0", func(c *collector.Config) { c.Store.BatchSamples = 0 }},
		{"store.batch_interval must be from 50ms to 1m", func(c *collector.Config) { c.Store.BatchInterval = time.Millisecond }},
		{"storage.low_watermark must be above journal.min_free_space", func(c *collector.Config) { c.Storage.LowWatermark = 1 << 20 }},
		{"quotas.points_per_day must be 0 or above", func(c *collector.Config) { c.Quotas.PointsPerDay = -1 }},
		{`quotas.tenants has "acme"`, func(c *collector.Config) { c.Quotas.Tenants = []string{"acme"} }},
		{"0.0.0.0", func(c *collector.Config) { c.Server.Listen = "0.0.0.0:0" }},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			cfg := collector.DefaultConfig()
			test.change(&cfg)
			require.ErrorContains(t, cfg.Validate(), test.want)
			require.ErrorContains(t, collector.Run(t.Context(), cfg), test.want)
		})
	}
}

func TestAFolderInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	first, err := datafolder.Acquire(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, first.Release()) }()
	cfg := collector.DefaultConfig()
	cfg.DataDir = dir
	cfg.Server.Listen, cfg.Server.AdminListen = "127.0.0.1:0", ""
	require.ErrorContains(t, collector.Run(t.Context(), cfg), "is used by another process")
}
