package fileupload

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// scrubMetrics count what the scrubber does.
type scrubMetrics struct {
	contents, bytes, found prometheus.Counter
	damaged, oldest        prometheus.Gauge
}

func newScrubMetrics() *scrubMetrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "sluice_fileupload_scrub_" + name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "sluice_fileupload_scrub_" + name, Help: help})
	}
	return &scrubMetrics{
		contents: counter("contents_total", "Stored contents read back, whole or damaged."),
		bytes:    counter("bytes_total", "Bytes of stored content read back."),
		found:    counter("damage_found_total", "Stored contents found damaged that were not known to be."),
		damaged: gauge("damaged_contents",
			"Stored contents that were found damaged since the start, and neither whole again nor deleted since."),
		oldest: gauge("oldest_verification_timestamp_seconds",
			"When the content that waits longest was last read back, or stored if it never was; seconds since 1970."),
	}
}

func (m *scrubMetrics) register(registry prometheus.Registerer) error {
	var errs []error
	for _, collector := range []prometheus.Collector{m.contents, m.bytes, m.found, m.damaged, m.oldest} {
		errs = append(errs, registry.Register(collector))
	}
	return errors.Join(errs...)
}
