package ingest

import "github.com/prometheus/client_golang/prometheus"

// NewCollector returns the metrics of a registry for a service:
// sluice_<service>_streams_open.
func NewCollector(service string, r *Registry) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "sluice", Subsystem: service, Name: "streams_open",
		Help: "Client streams that are open now.",
	}, func() float64 { return float64(r.open()) })
}
