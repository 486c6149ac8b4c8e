package message

import (
	"context"
	"math"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	encodingproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/protobuf/proto"
)

// DefaultLimit is the size of the largest message, in bytes, that a server
// takes when it is told nothing else.
const DefaultLimit = 1 << 20

// Messages counts the messages that calls receive and turns the errors of
// receiving into problems. Its interceptors work only on a server that has its
// [Messages.ServerOptions].
type Messages struct {
	codec   codec
	metrics *metrics
}

// New returns Messages that decode with inner, nil being the standard codec,
// and take messages of at most limit bytes after decompression, 0 being
// [DefaultLimit]. It registers sluice_<service>_messages_received_total and
// sluice_<service>_received_bytes_total on reg, and panics when reg has them
// already.
func New(service string, inner encoding.CodecV2, limit int, reg prometheus.Registerer) *Messages {
	if inner == nil {
		inner = encoding.GetCodecV2(encodingproto.Name)
	}
	if limit == 0 {
		limit = DefaultLimit
	}
	return &Messages{codec: codec{CodecV2: inner, limit: limit}, metrics: newMetrics(service, reg)}
}

// ServerOptions are the codec and the limit that the interceptors need. They
// take the place of any other codec and receive limit.
func (m *Messages) ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(m.codec),
		grpc.MaxRecvMsgSize(2 * min(m.codec.limit, math.MaxInt32/2)),
	}
}

// Unary is the interceptor for unary calls.
func (m *Messages) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := Decode(req); err != nil {
		return nil, err
	}
	size := 0
	if request, ok := req.(proto.Message); ok {
		size = proto.Size(request)
	}
	m.metrics.of(info.FullMethod).received(size)
	if size > m.codec.limit {
		return nil, tooLarge(size, m.codec.limit)
	}
	return handler(ctx, req)
}

// Stream is the interceptor for streams. It calls the hooks of its context.
func (m *Messages) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(srv, &receiver{
		ServerStream: stream,
		limit:        m.codec.limit,
		counters:     m.metrics.of(info.FullMethod),
		hooks:        hooksOf(stream.Context()),
		check:        checkOf(stream.Context()),
	})
}
