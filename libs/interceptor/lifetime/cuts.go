package lifetime

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// cuts count the streams that were ended, by reason.
type cuts struct {
	total *prometheus.CounterVec
}

func newCuts(service string, reg prometheus.Registerer) cuts {
	total := promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "sluice_" + service + "_streams_cut_total",
		Help: "Streams ended because of their credentials, age, idleness or rate.",
	}, []string{"reason"})
	for _, reason := range []problem.Reason{
		problem.TokenExpired, problem.CredentialsRevoked, problem.StreamTooOld, problem.StreamIdle, problem.StreamTooSlow,
	} {
		total.WithLabelValues(string(reason))
	}
	return cuts{total: total}
}

func (c cuts) count(reason problem.Reason) { c.total.WithLabelValues(string(reason)).Inc() }
