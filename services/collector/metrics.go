package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics tell how the journal and the store do.
type metrics struct {
	samples, failures prometheus.Counter
	batches           prometheus.Histogram
}

func newMetrics(registerer prometheus.Registerer, p *points) *metrics {
	options := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "sluice", Subsystem: "collector", Name: name, Help: help}
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts(options(name, help)), value)
	}
	m := &metrics{
		samples:  prometheus.NewCounter(prometheus.CounterOpts(options("samples_stored_total", "Samples that were brought into the store."))),
		failures: prometheus.NewCounter(prometheus.CounterOpts(options("apply_failures_total", "Attempts to bring the journal into the store that failed."))),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "sluice", Subsystem: "collector", Name: "batch_duration_seconds",
			Help: "How long a batch took to store.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
	}
	registerer.MustRegister(m.samples, m.failures, m.batches,
		gauge("journal_bytes", "Size of the journal on disk.", func() float64 { return float64(p.data.journal.Bytes()) }),
		gauge("journal_lag_bytes", "How much of the journal the store has not taken in.", p.lag),
		gauge("series", "Series of all tenants.", func() float64 { return float64(p.index.Len()) }),
	)
	return m
}

func (m *metrics) applied(samples int, took time.Duration) {
	m.samples.Add(float64(samples))
	m.batches.Observe(took.Seconds())
}

func (p *points) lag() float64 {
	return float64(p.data.journal.Durable() - p.applier.Position())
}
