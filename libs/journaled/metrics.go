package journaled

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/journal"
)

// metrics tell how the journal and the store do, as sluice_<service>_….
type metrics struct {
	registerer     prometheus.Registerer
	service        string
	rows, failures prometheus.Counter
	batches        prometheus.Histogram
}

func newMetrics(work Work) *metrics {
	m := &metrics{registerer: work.Metrics, service: work.Service}
	m.rows = prometheus.NewCounter(prometheus.CounterOpts(
		m.options(work.Rows+"_stored_total", capital(work.Rows)+" that were brought into the store.")))
	m.failures = prometheus.NewCounter(prometheus.CounterOpts(
		m.options("apply_failures_total", "Attempts to bring the journal into the store that failed.")))
	m.batches = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "sluice", Subsystem: work.Service, Name: "batch_duration_seconds",
		Help: "How long a batch took to store.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	})
	m.registerer.MustRegister(m.rows, m.failures, m.batches)
	return m
}

func (m *metrics) options(name, help string) prometheus.Opts {
	return prometheus.Opts{Namespace: "sluice", Subsystem: m.service, Name: name, Help: help}
}

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// watch registers what is read when it is asked for.
func (m *metrics) watch(j *journal.Journal, applier *apply.Applier) {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts(m.options(name, help)), value)
	}
	m.registerer.MustRegister(
		gauge("journal_bytes", "Size of the journal on disk.", func() float64 { return float64(j.Bytes()) }),
		gauge("journal_lag_bytes", "How much of the journal the store has not taken in.", func() float64 {
			return float64(j.Durable() - applier.Position())
		}),
	)
}

// observer counts, and tells the log.
func (m *metrics) observer(log *zap.Logger) apply.Observer {
	return apply.Observer{
		Applied: func(rows int, took time.Duration) {
			m.rows.Add(float64(rows))
			m.batches.Observe(took.Seconds())
		},
		Failed: func(err error) {
			m.failures.Inc()
			log.Error("could not bring the journal into the store; trying again", zap.Error(err))
		},
		Damaged: func(err error) { log.Error("left out a damaged piece of the journal", zap.Error(err)) },
	}
}
