package gate

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Refusals counts the calls that were refused, by the key of the limit.
type Refusals struct {
	counts *prometheus.CounterVec
}

// NewRefusals returns sluice_<service>_limited_total, which all links share: the
// first one registers it on reg.
func NewRefusals(service string, reg prometheus.Registerer) Refusals {
	counts := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sluice_" + service + "_limited_total",
		Help: "Calls that were refused because of a limit, by its key in the configuration.",
	}, []string{"limit"})
	if err := reg.Register(counts); err != nil {
		known, ok := errors.AsType[prometheus.AlreadyRegisteredError](err)
		if !ok {
			panic(err)
		}
		counts = known.ExistingCollector.(*prometheus.CounterVec)
	}
	return Refusals{counts: counts}
}

// Count counts err when it is a refusal.
func (r Refusals) Count(err error) {
	if refusal, ok := errors.AsType[*problem.Error](err); ok && len(refusal.Violations) > 0 {
		r.counts.WithLabelValues(refusal.Violations[0].Limit).Inc()
	}
}
