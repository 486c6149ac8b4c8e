package api

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// metrics count what streams bring.
type metrics struct {
	indexed, filtered, redacted, duplicates prometheus.Counter
	// rejected has the label reason: one of the published list.
	rejected *prometheus.CounterVec
	// rules and failures have the labels stage and rule, which the rules file bounds.
	rules, failures *prometheus.CounterVec
	// ended has the label reason: OK, or one of the frozen list.
	ended *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) *metrics {
	options := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "sluice", Subsystem: "logagg", Name: name, Help: help}
	}
	m := &metrics{
		indexed:    prometheus.NewCounter(options("entries_indexed_total", "Entries that complete streams brought and that are durable.")),
		filtered:   prometheus.NewCounter(options("entries_filtered_total", "Entries of complete streams that a filter rule left out.")),
		redacted:   prometheus.NewCounter(options("entries_redacted_total", "Indexed entries of complete streams with something redacted.")),
		duplicates: prometheus.NewCounter(options("entries_duplicate_total", "Entries of complete streams that had been taken before.")),
		rejected: prometheus.NewCounterVec(
			options("entries_rejected_total", "Entries of complete streams that were not accepted, by reason."), []string{"reason"}),
		rules: prometheus.NewCounterVec(
			options("rule_hits_total", "Entries of complete streams that a rule hit."), []string{"stage", "rule"}),
		failures: prometheus.NewCounterVec(
			options("rule_failures_total", "Entries for which an expression of a rule failed, so that it did not hit."), []string{"stage", "rule"}),
		ended: prometheus.NewCounterVec(
			options("streams_ended_total", "Streams of entries that have ended, by reason; OK for a receipt."), []string{"reason"}),
	}
	registerer.MustRegister(m.indexed, m.filtered, m.redacted, m.duplicates, m.rejected, m.rules, m.failures, m.ended)
	return m
}

func (m *metrics) streamEnded(err error) {
	reason := "OK"
	if err != nil {
		reason = string(problem.ReasonOf(err))
	}
	m.ended.WithLabelValues(reason).Inc()
}

func (m *metrics) answered(receipt *logaggv1.CollectLogsResponse) {
	m.indexed.Add(float64(receipt.GetIndexedCount()))
	m.filtered.Add(float64(receipt.GetFilteredCount()))
	m.redacted.Add(float64(receipt.GetRedactedCount()))
	m.duplicates.Add(float64(receipt.GetDuplicateCount()))
	for _, rejected := range receipt.GetErrorCounts() {
		m.rejected.WithLabelValues(label(rejected.GetReason().String(), "LOG_ERROR_REASON_")).Add(float64(rejected.GetCount()))
	}
	for _, rule := range receipt.GetRuleCounts() {
		m.rules.WithLabelValues(stage(rule.GetStage()), rule.GetRule()).Add(float64(rule.GetCount()))
	}
}

func (m *metrics) ruleFailed(rule *pipeline.Rule, times int64) {
	m.failures.WithLabelValues(stage(rule.Stage), rule.Name).Add(float64(times))
}

func stage(s logaggv1.RuleStage) string { return label(s.String(), "RULE_STAGE_") }

// label is the name of an enum's value without its type's.
func label(name, prefix string) string { return strings.TrimPrefix(name, prefix) }
