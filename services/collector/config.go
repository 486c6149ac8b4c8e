package collector

import (
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/ratelimit"
	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/telemetry"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Config is the configuration of the service.
type Config struct {
	Server    server.Config    `koanf:"server"`
	Auth      auth.Config      `koanf:"auth"`
	RateLimit ratelimit.Config `koanf:"rate_limit"`
	Log       telemetry.Config `koanf:"log"`
	Journal   JournalConfig    `koanf:"journal"`
	Store     StoreConfig      `koanf:"store"`

	DataDir         string        `koanf:"data_dir" help:"folder of the journal and the store; made when it is not there"`
	MaxFramePoints  int           `koanf:"max_frame_points" help:"largest number of points in one frame"`
	MaxSeries       int           `koanf:"max_series" help:"largest number of series a tenant may have"`
	Retention       time.Duration `koanf:"retention" help:"how long points are kept by their timestamps; 0 keeps them for good"`
	TenantRetention []string      `koanf:"tenant_retention" help:"retention of single tenants, each as tenant=duration, for example acme=720h"`
	ProducerExpiry  time.Duration `koanf:"producer_expiry" help:"how long an idle producer is remembered; at least 168h"`
	JanitorInterval time.Duration `koanf:"janitor_interval" help:"how often expired points and producers are removed"`
}

// JournalConfig is the configuration of the journal.
type JournalConfig struct {
	MaxSize      config.Bytes `koanf:"max_size" help:"largest size of the journal; when the store lags that far behind, new points are refused"`
	MinFreeSpace config.Bytes `koanf:"min_free_space" help:"free space of the disk below which new points are refused"`
	SegmentSize  config.Bytes `koanf:"segment_size" help:"size of one file of the journal"`
}

// StoreConfig is the configuration of the store.
type StoreConfig struct {
	MemoryLimit   config.Bytes  `koanf:"memory_limit" help:"memory that DuckDB may take for writing and for all queries together"`
	Threads       int           `koanf:"threads" help:"threads that DuckDB may use; 0 means one for each processor"`
	Queries       int           `koanf:"queries" help:"how many queries run at once; the others wait"`
	BatchSamples  int           `koanf:"batch_samples" help:"samples of a batch that is stored at once"`
	BatchInterval time.Duration `koanf:"batch_interval" help:"how long a sample waits for its batch to fill up; from 50ms to 1m"`
}

// minProducerExpiry is the contract's bound.
const minProducerExpiry = 7 * 24 * time.Hour

// The bounds of the time that a sample waits for its batch.
const (
	minBatchInterval = 50 * time.Millisecond
	maxBatchInterval = time.Minute
)

// minSegmentSize holds the largest record several times, which is a message and
// what the journal adds to it: the smallest journal of two segments takes 4 MiB.
const (
	minSegmentSize = 8 << 20
	maxMessage     = 3 << 20
)

// DefaultConfig serves on the loopback interface and keeps its data in ./data.
func DefaultConfig() Config {
	limits := core.DefaultLimits()
	return Config{
		Server:  defaultServer(),
		Log:     telemetry.DefaultConfig(),
		DataDir: "data/collector",
		Journal: JournalConfig{MaxSize: 4 << 30, MinFreeSpace: 256 << 20, SegmentSize: 64 << 20},
		Store: StoreConfig{
			MemoryLimit: 160 << 20, Queries: 2, BatchSamples: 500_000, BatchInterval: 500 * time.Millisecond,
		},
		MaxFramePoints:  limits.FrameItems,
		MaxSeries:       limits.SeriesPerTenant,
		ProducerExpiry:  minProducerExpiry,
		JanitorInterval: time.Minute,
	}
}

// defaultServer has a window of some frames, not of a file's chunks.
func defaultServer() server.Config {
	s := server.DefaultConfig("127.0.0.1:7071", "127.0.0.1:7171")
	s.StreamWindow = 256 * config.KiB
	return s
}

// Validate returns every setting that can't be used.
func (c Config) Validate() error {
	_, retentionErr := c.retention()
	return errors.Join(
		c.Server.Validate(), c.Server.CheckExposure(c.authenticates()), c.RateLimit.Validate(), c.Log.Validate(),
		check(c.DataDir != "", "data_dir is empty: name a folder"),
		check(c.Server.MaxMessageBytes <= maxMessage, "max_message_bytes must be at most 3MiB"),
		check(c.MaxFramePoints > 0, "max_frame_points must be above 0, for example 10000"),
		check(c.MaxSeries > 0 && c.MaxSeries <= core.MaxSeries, "max_series must be above 0 and below 4294967296, for example 1000000"),
		retentionErr,
		check(c.ProducerExpiry >= minProducerExpiry, "producer_expiry must be at least 168h"),
		check(c.JanitorInterval > 0, "janitor_interval must be above 0, for example 1m"),
		c.Journal.validate(), c.Store.validate(),
	)
}

func (c JournalConfig) validate() error {
	return errors.Join(
		check(c.SegmentSize >= minSegmentSize, "journal.segment_size must be at least 8MiB"),
		check(c.MaxSize >= 2*c.SegmentSize, "journal.max_size must be at least twice journal.segment_size"),
	)
}

func (c StoreConfig) validate() error {
	return errors.Join(
		check(c.MemoryLimit >= 64<<20, "store.memory_limit must be at least 64MiB"),
		check(c.Threads >= 0, "store.threads must be 0 or above"),
		check(c.Queries > 0, "store.queries must be above 0"),
		check(c.BatchSamples > 0, "store.batch_samples must be above 0"),
		check(c.BatchInterval >= minBatchInterval && c.BatchInterval <= maxBatchInterval,
			"store.batch_interval must be from 50ms to 1m"),
	)
}

func (c Config) authenticates() bool { return c.Auth.KeysFile != "" }

func check(ok bool, message string) error {
	if ok {
		return nil
	}
	return errors.New(message)
}
