package flow

import "github.com/prometheus/client_golang/prometheus"

// NewCollector returns the metrics of a flow for a service:
// sluice_<service>_memory_budget_bytes, _memory_streams_bytes,
// _memory_messages_bytes and _memory_waiting.
func NewCollector(service string, f *Flow) prometheus.Collector {
	name := func(suffix, help string) *prometheus.Desc {
		return prometheus.NewDesc("sluice_"+service+"_memory_"+suffix, help, nil, nil)
	}
	return collector{
		flow:     f,
		total:    name("budget_bytes", "Memory that streams may take."),
		streams:  name("streams_bytes", "Memory set aside for open streams."),
		messages: name("messages_bytes", "Memory of messages that are being worked on."),
		waiting:  name("waiting", "Streams that wait for memory."),
	}
}

type collector struct {
	flow                              *Flow
	total, streams, messages, waiting *prometheus.Desc
}

// Describe implements [prometheus.Collector].
func (c collector) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{c.total, c.streams, c.messages, c.waiting} {
		descs <- desc
	}
}

// Collect implements [prometheus.Collector].
func (c collector) Collect(metrics chan<- prometheus.Metric) {
	usage := c.flow.Budget.Usage()
	gauge := func(desc *prometheus.Desc, value int64) {
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value))
	}
	gauge(c.total, usage.Total)
	gauge(c.streams, usage.Streams)
	gauge(c.messages, usage.Messages)
	gauge(c.waiting, int64(usage.Waiting))
}
