// Package metrics counts and times calls.
package metrics

import (
	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
)

// buckets of the handling time, in seconds: a small unary call takes
// milliseconds, a large upload many minutes.
var buckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800}

// Metrics are the gRPC server metrics grpc_server_started_total,
// grpc_server_handled_total, grpc_server_msg_received_total,
// grpc_server_msg_sent_total and grpc_server_handling_seconds. Their labels are
// the type, service and method of registered methods, and the code.
type Metrics struct {
	server *grpcprom.ServerMetrics
}

// New returns Metrics registered on reg. It panics when reg has them already.
func New(reg prometheus.Registerer) *Metrics {
	server := grpcprom.NewServerMetrics(
		grpcprom.WithServerHandlingTimeHistogram(grpcprom.WithHistogramBuckets(buckets)))
	reg.MustRegister(server)
	return &Metrics{server: server}
}

// Unary returns the interceptor for unary calls.
func (m *Metrics) Unary() grpc.UnaryServerInterceptor { return m.server.UnaryServerInterceptor() }

// Stream returns the interceptor for streams.
func (m *Metrics) Stream() grpc.StreamServerInterceptor { return m.server.StreamServerInterceptor() }
