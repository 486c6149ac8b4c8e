package collector

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/diskspace"
	base "github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/front"
	"github.com/sluice-ingest/sluice/libs/journaled"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/retention"
	"github.com/sluice-ingest/sluice/libs/telemetry"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
)

// storeFile is the name of the store in the data folder.
const storeFile = "points.duckdb"

// Config is the configuration of the service.
type Config struct {
	front.Config

	Log     telemetry.Config        `koanf:"log"`
	Journal journaled.JournalConfig `koanf:"journal"`
	Store   StoreConfig             `koanf:"store"`
	Storage diskspace.Config        `koanf:"storage"`
	Quotas  QuotaConfig             `koanf:"quotas"`

	Encryption journaled.Encryption `koanf:"encryption"`

	DataDir         string        `koanf:"data_dir" help:"folder of the journal and the store; made when it is not there"`
	MaxFramePoints  int           `koanf:"max_frame_points" help:"largest number of points in one frame"`
	MaxSeries       int           `koanf:"max_series" help:"largest number of series a tenant may have"`
	Retention       time.Duration `koanf:"retention" help:"how long points are kept by their timestamps; 0 keeps them for good"`
	TenantRetention []string      `koanf:"tenant_retention" help:"retention of single tenants, each as tenant=duration, for example acme=720h"`
	ProducerExpiry  time.Duration `koanf:"producer_expiry" help:"how long an idle producer is remembered; at least 168h"`
	JanitorInterval time.Duration `koanf:"janitor_interval" help:"how often expired points and producers are removed"`
}

// QuotaConfig says how much a tenant may bring.
type QuotaConfig struct {
	PointsPerDay int64    `koanf:"points_per_day" help:"points of a tenant that are taken a day, in UTC and by their arrival; 0 for no limit"`
	Tenants      []string `koanf:"tenants" help:"quotas.points_per_day of single tenants, each as tenant=number, for example acme=1000000"`
}

// StoreConfig is the configuration of the store.
type StoreConfig struct {
	MemoryLimit   config.Bytes  `koanf:"memory_limit" help:"memory that DuckDB may take for writing and for all queries together"`
	Threads       int           `koanf:"threads" help:"threads that DuckDB may use; 0 means one for each processor"`
	Queries       int           `koanf:"queries" help:"how many queries run at once; the others wait"`
	BatchSamples  int           `koanf:"batch_samples" help:"samples of a batch that is stored at once"`
	BatchInterval time.Duration `koanf:"batch_interval" help:"how long a sample waits for its batch to fill up; from 50ms to 1m"`
}

// DefaultConfig serves on the loopback interface and keeps its data in ./data.
func DefaultConfig() Config {
	limits := core.DefaultLimits()
	return Config{
		Config:  front.DefaultConfig("127.0.0.1:7071", "127.0.0.1:7171"),
		Log:     telemetry.DefaultConfig(),
		DataDir: "data/collector",
		Journal: journaled.DefaultJournal(),
		Store: StoreConfig{
			MemoryLimit: 160 << 20, Queries: 2, BatchSamples: 500_000, BatchInterval: 500 * time.Millisecond,
		},
		MaxFramePoints:  limits.FrameItems,
		MaxSeries:       limits.SeriesPerTenant,
		ProducerExpiry:  journaled.MinProducerExpiry,
		JanitorInterval: time.Minute,
		Storage:         diskspace.DefaultConfig(),
	}
}

// Validate returns every setting that can't be used.
func (c Config) Validate() error {
	kept, retentionErr := c.retention()
	_, quotaErr := c.Quotas.limits()
	return errors.Join(
		c.Config.Validate(), c.Log.Validate(), c.Encryption.Validate(storeFile),
		check(c.DataDir != "", "data_dir is empty: name a folder"),
		journaled.CheckMessages(c.Server.MaxMessageBytes),
		check(c.MaxFramePoints > 0, "max_frame_points must be above 0, for example 10000"),
		check(c.MaxSeries > 0 && c.MaxSeries <= core.MaxSeries, "max_series must be above 0 and below 4294967296, for example 1000000"),
		retentionErr, c.upkeep(kept).Validate(), c.Journal.Validate(), c.Store.validate(),
		c.Storage.Validate(), c.Storage.CheckAbove(c.Journal.MinFreeSpace), quotaErr,
	)
}

func (c StoreConfig) validate() error {
	return errors.Join(
		check(c.MemoryLimit >= 64<<20, "store.memory_limit must be at least 64MiB"),
		check(c.Threads >= 0, "store.threads must be 0 or above"),
		check(c.Queries > 0, "store.queries must be above 0"),
		c.batch().Validate("batch_samples"),
	)
}

func (c StoreConfig) options(key journaled.StoreKey) duckdb.Options {
	return duckdb.Options{
		MemoryLimit: int64(c.MemoryLimit), Threads: c.Threads, QuerySlots: c.Queries,
		Encryption: base.NewEncryption(key.Secret, key.Extension),
	}
}

func (c StoreConfig) batch() journaled.Batch {
	return journaled.Batch{Rows: c.BatchSamples, Interval: c.BatchInterval}
}

func (c QuotaConfig) limits() (quota.Limits, error) {
	return quota.Parse("quotas.points_per_day", c.PointsPerDay, c.Tenants)
}

// daily is the quota of points a day, of which nothing is used yet.
func (c QuotaConfig) daily(metrics prometheus.Registerer) (*quota.Daily, error) {
	const name = "points_per_day"
	limits, err := c.limits()
	if err != nil {
		return nil, err
	}
	refusals := quota.NewRefusals(metrics, "collector", name)
	return quota.NewDaily(quota.DailyConfig{
		Quota: name, Items: "points", Limits: limits, Refused: refusals.Of(name), Now: time.Now,
	}), nil
}

// retention reads how long points are kept.
func (c Config) retention() (retention.Retention, error) {
	return retention.Parse(c.Retention, c.TenantRetention)
}

func (c Config) upkeep(kept retention.Retention) journaled.Upkeep {
	return journaled.Upkeep{Interval: c.JanitorInterval, ProducerExpiry: c.ProducerExpiry, Retention: kept}
}

func (c Config) limits(kept retention.Retention) core.Limits {
	return core.Limits{FrameItems: c.MaxFramePoints, SeriesPerTenant: c.MaxSeries, Retention: kept.Of}
}

func check(ok bool, message string) error {
	if ok {
		return nil
	}
	return errors.New(message)
}
