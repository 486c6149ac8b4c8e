package api

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// metrics count what uploads bring.
type metrics struct {
	files, bytes, duplicateBytes prometheus.Counter
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
	registerer.MustRegister(m.files, m.bytes, m.duplicateBytes)
	return m
}

func (m *metrics) stored(receipt *core.Receipt) {
	m.files.Inc()
	m.bytes.Add(float64(receipt.Size))
	m.duplicateBytes.Add(float64(receipt.DuplicateBytes))
}
