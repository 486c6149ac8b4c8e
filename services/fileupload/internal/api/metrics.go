package api

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// metrics count what uploads bring.
type metrics struct {
	files, bytes, duplicateBytes prometheus.Counter
	// ended has the label reason: OK, or one of the frozen list.
	ended *prometheus.CounterVec
	// refusals are those of quotas.
	refusals *quota.Refusals
}

func newMetrics(registerer prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "sluice", Subsystem: "fileupload", Name: name, Help: help})
	}
	m := &metrics{
		files:          counter("files_stored_total", "Files that were stored; a retry's repeated receipt does not count."),
		bytes:          counter("stored_bytes_total", "Size of the files that were stored."),
		duplicateBytes: counter("duplicate_bytes_total", "Bytes of stored files that their clients sent again."),
	}
	m.ended = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "sluice", Subsystem: "fileupload", Name: "streams_ended_total",
		Help: "Upload streams that have ended, by reason; OK for a receipt.",
	}, []string{"reason"})
	m.refusals = quota.NewRefusals(registerer, "fileupload", core.QuotaFileBytes, core.QuotaFiles)
	registerer.MustRegister(m.files, m.bytes, m.duplicateBytes, m.ended)
	return m
}

func (m *metrics) streamEnded(err error) {
	m.refusals.Note(err)
	reason := "OK"
	if err != nil {
		reason = string(problem.ReasonOf(err))
	}
	m.ended.WithLabelValues(reason).Inc()
}

func (m *metrics) stored(receipt *core.Receipt) {
	m.files.Inc()
	m.bytes.Add(float64(receipt.Size))
	m.duplicateBytes.Add(float64(receipt.DuplicateBytes))
}
