package fileupload

import (
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/diskspace"
	"github.com/sluice-ingest/sluice/libs/front"
	"github.com/sluice-ingest/sluice/libs/interceptor/lifetime"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/telemetry"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

// Config is the configuration of the service.
type Config struct {
	front.Config

	Log        telemetry.Config `koanf:"log"`
	Encryption seal.Config      `koanf:"encryption"`
	Storage    diskspace.Config `koanf:"storage"`
	Quotas     QuotaConfig      `koanf:"quotas"`
	Policies   PoliciesConfig   `koanf:"policies"`
	Scan       ScanConfig       `koanf:"scan"`
	Scrub      ScrubConfig      `koanf:"scrub"`
	Blobs      BlobConfig       `koanf:"blobs"`
	S3         s3.Config        `koanf:"s3"`
	Catalog    CatalogConfig    `koanf:"catalog"`

	DataDir         string        `koanf:"data_dir" help:"folder of the files and the catalog, if they are kept on disk; made when it is not there"`
	MaxFileSize     config.Bytes  `koanf:"max_file_size" help:"largest file taken"`
	AllowedTypes    []string      `koanf:"allowed_types" help:"file extensions taken, each with its dot; * takes everything and looks at no content"`
	CheckpointBytes config.Bytes  `koanf:"checkpoint_bytes" help:"how much of an upload may be lost by a crash and sent again; at most 64MiB"`
	UploadExpiry    time.Duration `koanf:"upload_expiry" help:"how long an unfinished upload is kept after its last checkpoint"`
	ReceiptExpiry   time.Duration `koanf:"receipt_expiry" help:"how long a finished upload's retry gets its receipt again; at least 24h"`
	LostExpiry      time.Duration `koanf:"lost_expiry" help:"how long content that the catalog does not know is kept in the folder lost"`
	JanitorInterval time.Duration `koanf:"janitor_interval" help:"how often expired uploads and files are removed"`
}

// The contract's bounds of two settings.
const (
	maxCheckpointBytes = 64 << 20
	minReceiptExpiry   = 24 * time.Hour
)

// DefaultConfig serves on the loopback interface and keeps its data in ./data.
func DefaultConfig() Config {
	return Config{
		Config:          defaultFront(),
		Log:             telemetry.DefaultConfig(),
		DataDir:         "data/fileupload",
		MaxFileSize:     10 << 30,
		AllowedTypes:    core.DefaultTypes(),
		CheckpointBytes: maxCheckpointBytes,
		UploadExpiry:    24 * time.Hour,
		ReceiptExpiry:   minReceiptExpiry,
		LostExpiry:      7 * 24 * time.Hour,
		JanitorInterval: time.Minute,
		Storage:         diskspace.DefaultConfig(),
		Policies:        DefaultPoliciesConfig(),
		Scan:            DefaultScanConfig(),
		Scrub:           DefaultScrubConfig(),
		Blobs:           BlobConfig{Store: onDisk},
		S3:              s3.DefaultConfig(),
		Catalog:         CatalogConfig{Kind: inSQLite},
	}
}

// defaultFront expects a file's bytes to come.
func defaultFront() front.Config {
	c := front.DefaultConfig("127.0.0.1:7070", "127.0.0.1:7170")
	c.Streams = lifetime.FileConfig()
	// The transport grants what a message needs beyond the window, and messages are
	// large: a larger window is memory of each of a thousand streams first.
	c.Server.StreamWindow = 64 * config.KiB
	return c
}

// Validate returns every setting that can't be used.
func (c Config) Validate() error {
	_, quotaErr := c.Quotas.quotas()
	_, policyErr := c.policies()
	return errors.Join(
		c.Config.Validate(), c.Log.Validate(), c.Encryption.Validate(),
		check(c.DataDir != "", "data_dir is empty: name a folder"),
		check(c.CheckpointBytes > 0 && c.CheckpointBytes <= maxCheckpointBytes, "checkpoint_bytes must be above 0 and at most 64MiB"),
		check(c.UploadExpiry > 0, "upload_expiry must be above 0, for example 24h"),
		check(c.ReceiptExpiry >= minReceiptExpiry, "receipt_expiry must be at least 24h"),
		check(c.LostExpiry > 0, "lost_expiry must be above 0, for example 168h"),
		check(c.JanitorInterval > 0, "janitor_interval must be above 0, for example 1m"),
		c.Storage.Validate(), c.Scrub.Validate(), c.Scan.Validate(), quotaErr, policyErr, c.validateStorage(),
	)
}

func check(ok bool, message string) error {
	if ok {
		return nil
	}
	return errors.New(message)
}

// limits are those of uploads and files. newWork refuses what would begin now.
func (c Config) limits(newWork func() error, scans core.Scans) (core.Limits, error) {
	quotas, quotaErr := c.Quotas.quotas()
	policies, policyErr := c.policies()
	return core.Limits{
		ChunkBytes:      int(c.Server.MaxMessageBytes),
		CheckpointBytes: int64(c.CheckpointBytes),
		UploadExpiry:    c.UploadExpiry,
		ReceiptExpiry:   c.ReceiptExpiry,
		Policies:        policies,
		Scans:           scans,
		Quotas:          quotas,
		NewWork:         newWork,
	}, errors.Join(quotaErr, policyErr)
}
