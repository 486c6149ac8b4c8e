package limits

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

func newThrottled(service string, reg prometheus.Registerer) *prometheus.CounterVec {
	return promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "sluice_" + service + "_throttled_seconds_total",
		Help: "Time that received messages waited because of a rate, summed over all streams, by its key in the configuration.",
	}, []string{"limit"})
}
