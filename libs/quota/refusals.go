package quota

import (
	"errors"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// section begins the keys of all quotas in a configuration.
const section = "quotas."

// Refusals count what quotas refused, as sluice_<service>_quota_refusals_total
// with the label quota. Safe for concurrent use.
type Refusals struct {
	byQuota *prometheus.CounterVec
}

// NewRefusals registers the metric of a service, which shows the given quotas
// from the start.
func NewRefusals(registerer prometheus.Registerer, service string, quotas ...string) *Refusals {
	r := &Refusals{byQuota: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "sluice", Subsystem: service, Name: "quota_refusals_total",
		Help: "Streams and calls that were refused or ended since a tenant's quota was used up, by quota.",
	}, []string{"quota"})}
	for _, quota := range quotas {
		r.byQuota.WithLabelValues(quota)
	}
	registerer.MustRegister(r.byQuota)
	return r
}

// Note counts an error that a quota refused with, and leaves others alone.
func (r *Refusals) Note(err error) {
	refusal, ok := errors.AsType[*problem.Error](err)
	if !ok || refusal.Reason != problem.QuotaExceeded {
		return
	}
	for _, violation := range refusal.Violations {
		r.byQuota.WithLabelValues(strings.TrimPrefix(violation.Limit, section)).Inc()
	}
}

// Of returns what counts the refusals of a quota.
func (r *Refusals) Of(quota string) func() { return r.byQuota.WithLabelValues(quota).Inc }
