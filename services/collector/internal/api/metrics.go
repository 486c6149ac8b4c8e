package api

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// metrics count what streams bring.
type metrics struct {
	accepted, duplicates prometheus.Counter
	// rejected has the label reason: one of the published list.
	rejected *prometheus.CounterVec
	// ended has the label reason: OK, or one of the frozen list.
	ended *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) *metrics {
	options := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "sluice", Subsystem: "collector", Name: name, Help: help}
	}
	m := &metrics{
		accepted:   prometheus.NewCounter(options("points_accepted_total", "Points that complete streams brought and that are durable.")),
		duplicates: prometheus.NewCounter(options("points_duplicate_total", "Points of complete streams that had been taken before.")),
		rejected: prometheus.NewCounterVec(
			options("points_rejected_total", "Points of complete streams that were not accepted, by reason."), []string{"reason"}),
		ended: prometheus.NewCounterVec(
			options("streams_ended_total", "Streams of points that have ended, by reason; OK for a receipt."), []string{"reason"}),
	}
	registerer.MustRegister(m.accepted, m.duplicates, m.rejected, m.ended)
	return m
}

func (m *metrics) streamEnded(err error) {
	reason := "OK"
	if err != nil {
		reason = string(problem.ReasonOf(err))
	}
	m.ended.WithLabelValues(reason).Inc()
}

func (m *metrics) answered(receipt *collectorv1.CollectDataPointsResponse) {
	m.accepted.Add(float64(receipt.GetSuccessfulCount()))
	m.duplicates.Add(float64(receipt.GetDuplicateCount()))
	for _, rejected := range receipt.GetErrorCounts() {
		m.rejected.WithLabelValues(reasonLabel(rejected.GetReason())).Add(float64(rejected.GetCount()))
	}
}

// reasonLabel is the name of a reason without its type's.
func reasonLabel(reason collectorv1.PointErrorReason) string {
	return strings.TrimPrefix(reason.String(), "POINT_ERROR_REASON_")
}
