package message

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
)

type metrics struct {
	messages *prometheus.CounterVec
	bytes    *prometheus.CounterVec
}

func newMetrics(service string, reg prometheus.Registerer) *metrics {
	labels := []string{"grpc_service", "grpc_method"}
	return &metrics{
		messages: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_" + service + "_messages_received_total",
			Help: "Messages received from clients, refused ones too.",
		}, labels),
		bytes: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_" + service + "_received_bytes_total",
			Help: "Bytes of the messages received from clients, after decompression.",
		}, labels),
	}
}

// of returns the counters of one method, to look them up once a stream.
func (m *metrics) of(fullMethod string) counters {
	service, name := method.Split(fullMethod)
	return counters{
		messages: m.messages.WithLabelValues(service, name),
		bytes:    m.bytes.WithLabelValues(service, name),
	}
}

type counters struct {
	messages prometheus.Counter
	bytes    prometheus.Counter
}

func (c counters) received(size int) {
	c.messages.Inc()
	c.bytes.Add(float64(size))
}
