package sealed

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Register registers how many blobs of each form were found at the start, and
// how many the store has published or copied since.
func (s *Store) Register(metrics prometheus.Registerer, found Count) error {
	atStart := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "sluice_fileupload_blobs_at_start",
		Help: "Files that were stored when the service started, by whether their bytes are sealed or plain.",
	}, []string{"form"})
	atStart.WithLabelValues("sealed").Set(float64(found.Sealed))
	atStart.WithLabelValues("plain").Set(float64(found.Plain))
	return errors.Join(metrics.Register(atStart), metrics.Register(s.stored))
}

func newStored() *prometheus.CounterVec {
	stored := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sluice_fileupload_blobs_stored_total",
		Help: "Files stored since the start, copies too, by whether their bytes are sealed or plain.",
	}, []string{"form"})
	stored.WithLabelValues("sealed")
	stored.WithLabelValues("plain")
	return stored
}

// count counts a blob that was stored, and hands on the error of storing it.
func (s *Store) count(form string, err error) error {
	if err == nil {
		s.stored.WithLabelValues(form).Inc()
	}
	return err
}
