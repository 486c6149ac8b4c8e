package audit

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	events, folded, lost prometheus.Counter
	failing              prometheus.Gauge
}

func newMetrics(service string, registerer prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "sluice", Subsystem: service, Name: name, Help: help})
	}
	m := &metrics{
		events: counter("audit_events_total", "Events for the audit log, folded and lost ones too."),
		folded: counter("audit_folded_events_total", "Events that have no line of their own in the audit log, but a count."),
		lost:   counter("audit_lost_events_total", "Events that the audit log has no room for, but a count."),
		failing: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "sluice", Subsystem: service, Name: "audit_failing", Help: "1 while the audit log can't be written.",
		}),
	}
	registerer.MustRegister(m.events, m.folded, m.lost, m.failing)
	return m
}

func (m *metrics) count(o outcome) {
	m.events.Inc()
	switch o {
	case folded:
		m.folded.Inc()
	case dropped:
		m.lost.Inc()
	case queued:
	}
}
