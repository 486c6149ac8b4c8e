package server

import "github.com/prometheus/client_golang/prometheus"

// NewCollector returns the metrics of a server's gRPC port for a service:
// sluice_<service>_connections_open, and sluice_<service>_connections_refused_total
// by the key of the bound.
func NewCollector(service string, s *Server) prometheus.Collector {
	name := func(suffix string) string { return "sluice_" + service + "_" + suffix }
	return &connectionCollector{
		connections: &s.connections,
		open:        prometheus.NewDesc(name("connections_open"), "Connections that are open now.", nil, nil),
		refused:     prometheus.NewDesc(name("connections_refused_total"), "Connections that were closed at once, by the key of the bound in the configuration.", []string{"limit"}, nil),
	}
}

type connectionCollector struct {
	connections   *connections
	open, refused *prometheus.Desc
}

// Describe is part of [prometheus.Collector].
func (c *connectionCollector) Describe(descs chan<- *prometheus.Desc) {
	descs <- c.open
	descs <- c.refused
}

// Collect is part of [prometheus.Collector].
func (c *connectionCollector) Collect(metrics chan<- prometheus.Metric) {
	c.connections.mu.Lock()
	defer c.connections.mu.Unlock()
	metrics <- prometheus.MustNewConstMetric(c.open, prometheus.GaugeValue, float64(c.connections.open))
	for _, key := range []string{boundOfAll, boundOfAddress} {
		metrics <- prometheus.MustNewConstMetric(c.refused, prometheus.CounterValue, float64(c.connections.refused[key]), key)
	}
}
