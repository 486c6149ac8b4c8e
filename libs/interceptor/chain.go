// Package interceptor is the chain that every call of a Sluice service goes
// through, built once for unary calls and streams.
package interceptor

import (
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"

	"github.com/sluice-ingest/sluice/libs/audit"
	"github.com/sluice-ingest/sluice/libs/interceptor/address"
	auditlink "github.com/sluice-ingest/sluice/libs/interceptor/audit"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/authorization"
	"github.com/sluice-ingest/sluice/libs/interceptor/lifetime"
	"github.com/sluice-ingest/sluice/libs/interceptor/limits"
	"github.com/sluice-ingest/sluice/libs/interceptor/logging"
	"github.com/sluice-ingest/sluice/libs/interceptor/message"
	"github.com/sluice-ingest/sluice/libs/interceptor/metrics"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/interceptor/recovery"
	"github.com/sluice-ingest/sluice/libs/interceptor/requestid"
	"github.com/sluice-ingest/sluice/libs/interceptor/validation"
)

// Link is one part of the chain, in both its forms.
type Link struct {
	Name   string
	Unary  grpc.UnaryServerInterceptor
	Stream grpc.StreamServerInterceptor
	// Options are what the server needs beside the interceptors; mostly none.
	Options []grpc.ServerOption
}

// Deps are what the chain works with. Service, Logger, Registerer and
// Authenticator are required.
type Deps struct {
	// Service is the name in sluice_<service>_..., the names of the chain's own
	// metrics: a to z, 0 to 9 and '_'.
	Service       string
	Logger        *zap.Logger
	Registerer    prometheus.Registerer
	Authenticator auth.Authenticator
	// Audit is the audit log; nil records nothing.
	Audit *audit.Log
	// Limits and Streams must be valid; the zero values are no limits.
	Limits  limits.Config
	Streams lifetime.Config
	// Codec of the server's messages; nil is the standard one.
	Codec encoding.CodecV2
	// MaxMessageBytes is the largest message taken, after decompression; 0 is
	// [message.DefaultLimit].
	MaxMessageBytes int
}

// Chain returns the links from the outermost to the innermost. It panics without
// a service's name, and when the registry has the chain's metrics already: there
// is one chain a registry.
//
// Recovery stands at both ends. Inside, it turns a handler's panic into an
// error that the other links see, count and log as any other; outside, it
// catches what happens in the links themselves.
func Chain(deps Deps) []Link {
	if deps.Service == "" {
		panic("interceptor: Deps.Service is required")
	}
	panics := recovery.New(deps.Service, deps.Logger, deps.Registerer)
	calls := metrics.New(deps.Registerer)
	lines := logging.New(deps.Logger)
	errs := problems.New(deps.Logger)
	audited := auditlink.New(deps.Audit)
	addresses := address.New(deps.Service, deps.Limits.Address, deps.Registerer)
	principals := auth.New(deps.Authenticator)
	shares := limits.New(deps.Service, deps.Limits, deps.Registerer)
	lifetimes := lifetime.New(deps.Service, deps.Streams, deps.Registerer)
	messages := message.New(deps.Service, deps.Codec, deps.MaxMessageBytes, deps.Registerer)
	return []Link{
		{Name: "recovery", Unary: panics.Unary(), Stream: panics.Stream()},
		{Name: "requestid", Unary: requestid.Unary, Stream: requestid.Stream},
		{Name: "metrics", Unary: calls.Unary(), Stream: calls.Stream()},
		{Name: "logging", Unary: lines.Unary(), Stream: lines.Stream()},
		{Name: "audit", Unary: audited.Unary, Stream: audited.Stream},
		{Name: "problems", Unary: errs.Unary, Stream: errs.Stream},
		{Name: "address", Unary: addresses.Unary, Stream: addresses.Stream},
		{Name: "auth", Unary: principals.Unary, Stream: principals.Stream},
		{Name: "limits", Unary: shares.Unary, Stream: shares.Stream},
		{Name: "authorization", Unary: authorization.Unary, Stream: authorization.Stream},
		{Name: "lifetime", Unary: lifetimes.Unary, Stream: lifetimes.Stream},
		{Name: "validation", Unary: validation.Unary, Stream: validation.Stream},
		{Name: "message", Unary: messages.Unary, Stream: messages.Stream, Options: messages.ServerOptions()},
		{Name: "handler-recovery", Unary: panics.Unary(), Stream: panics.Stream()},
	}
}

// ServerOptions returns the options that give a server these links, the first
// one outermost. With the message link they include the codec and the receive
// limit, which take the place of those before them: append nothing of the kind.
func ServerOptions(links []Link) []grpc.ServerOption {
	var options []grpc.ServerOption
	for _, link := range links {
		options = append(options, grpc.ChainUnaryInterceptor(link.Unary), grpc.ChainStreamInterceptor(link.Stream))
		options = append(options, link.Options...)
	}
	return options
}
