package fileupload_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config/configtest"
	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/services/fileupload"
)

func TestDefaultsAreValidAndPinnedToTheFlags(t *testing.T) {
	require.NoError(t, fileupload.DefaultConfig().Validate())
	configtest.Pin(t, "sluice-fileupload", fileupload.DefaultConfig())
}

func TestConfigErrorsSayWhatIsWrong(t *testing.T) {
	tests := []struct {
		want   string
		change func(*fileupload.Config)
	}{
		{"data_dir is empty", func(c *fileupload.Config) { c.DataDir = "" }},
		{"max_file_size must be above 0", func(c *fileupload.Config) { c.MaxFileSize = 0 }},
		{"checkpoint_bytes must be above 0 and at most 64MiB", func(c *fileupload.Config) { c.CheckpointBytes = 65 << 20 }},
		{"upload_expiry must be above 0", func(c *fileupload.Config) { c.UploadExpiry = 0 }},
		{"receipt_expiry must be at least 24h", func(c *fileupload.Config) { c.ReceiptExpiry = time.Hour }},
		{"lost_expiry must be above 0", func(c *fileupload.Config) { c.LostExpiry = 0 }},
		{"janitor_interval must be above 0", func(c *fileupload.Config) { c.JanitorInterval = -1 }},
		{"allowed_types is empty", func(c *fileupload.Config) { c.AllowedTypes = nil }},
		{`allowed_types has "csv"`, func(c *fileupload.Config) { c.AllowedTypes = []string{".txt", "csv"} }},
		{`allowed_types has ".CSV"`, func(c *fileupload.Config) { c.AllowedTypes = []string{".CSV"} }},
		{"storage.low_watermark must be 0 or above", func(c *fileupload.Config) { c.Storage.LowWatermark = -1 }},
		{"quotas.file_bytes must be 0 or above", func(c *fileupload.Config) { c.Quotas.FileBytes = -1 }},
		{"quotas.files must be 0 or above", func(c *fileupload.Config) { c.Quotas.Files = -1 }},
		{`quotas.tenants has "acme=1GiB"`, func(c *fileupload.Config) { c.Quotas.Tenants = []string{"a=1GiB/5", "acme=1GiB"} }},
		{`quotas.tenants has "=1GiB/5"`, func(c *fileupload.Config) { c.Quotas.Tenants = []string{"=1GiB/5"} }},
		{
			`quotas.tenants has the tenant "acme" twice, in item 1, "acme=1GiB/5", and in item 3, "acme=2GiB/5"`,
			func(c *fileupload.Config) { c.Quotas.Tenants = []string{"acme=1GiB/5", "b=0/0", "acme=2GiB/5"} },
		},
		{"blobs.store is not s3, which these settings are for: s3.bucket, s3.part_size", func(c *fileupload.Config) { c.S3.Bucket, c.S3.PartSize = "files", 1 }},
		{"0.0.0.0", func(c *fileupload.Config) { c.Server.Listen = "0.0.0.0:0" }},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			cfg := fileupload.DefaultConfig()
			test.change(&cfg)
			require.ErrorContains(t, cfg.Validate(), test.want)
			require.ErrorContains(t, fileupload.Run(t.Context(), cfg), test.want)
		})
	}
}

func TestAFolderInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	first, err := datafolder.Acquire(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, first.Release()) }()
	cfg := fileupload.DefaultConfig()
	cfg.DataDir = dir
	cfg.Server.Listen, cfg.Server.AdminListen = "127.0.0.1:0", ""
	require.ErrorContains(t, fileupload.Run(t.Context(), cfg), "is used by another process")
}
