package diskspace

import "github.com/prometheus/client_golang/prometheus"

// Register registers the metrics sluice_<service>_storage_free_bytes and
// sluice_<service>_storage_low.
func (w *Watcher) Register(registerer prometheus.Registerer, service string) {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Namespace: "sluice", Subsystem: service, Name: name, Help: help}, value)
	}
	registerer.MustRegister(
		gauge("storage_free_bytes", "Free space of the data folder's disk.", func() float64 { return float64(w.free.Load()) }),
		gauge("storage_low", "1 while new work is refused since the disk is low on space, 0 otherwise.", func() float64 {
			if w.low.Load() {
				return 1
			}
			return 0
		}),
	)
}
