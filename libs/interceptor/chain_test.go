package interceptor_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/interceptor/address"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/limits"
	"github.com/sluice-ingest/sluice/libs/interceptor/requestid"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// chainOf returns a chain with its log and registry.
func chainOf(deps interceptor.Deps) ([]interceptor.Link, *observer.ObservedLogs, *prometheus.Registry) {
	core, logs := observer.New(zap.DebugLevel)
	registry := prometheus.NewRegistry()
	deps.Service, deps.Logger, deps.Registerer = "test", zap.New(core), registry
	if deps.Authenticator == nil {
		deps.Authenticator = auth.Anonymous{}
	}
	return interceptor.Chain(deps), logs, registry
}

func TestChainOrder(t *testing.T) {
	links, _, _ := chainOf(interceptor.Deps{})
	var names []string
	for _, link := range links {
		names = append(names, link.Name)
		require.NotNil(t, link.Unary, link.Name)
		require.NotNil(t, link.Stream, link.Name)
	}
	require.Equal(t, []string{
		"recovery", "requestid", "metrics", "logging", "audit", "problems", "address", "auth", "limits", "authorization",
		"lifetime", "validation", "message", "handler-recovery",
	}, names)
}

func TestServiceNeedsAName(t *testing.T) {
	deps := interceptor.Deps{Logger: zap.NewNop(), Registerer: prometheus.NewRegistry(), Authenticator: auth.Anonymous{}}
	require.PanicsWithValue(t, "interceptor: Deps.Service is required", func() { interceptor.Chain(deps) })
}

func TestServerOptionsKeepTheOrder(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		var seen []string
		conn := testserver.Start(t, func(context.Context, string) error { return nil },
			interceptor.ServerOptions([]interceptor.Link{spy("outer", &seen), spy("middle", &seen), spy("inner", &seen)})...)
		_, err := call(t.Context(), conn, "")
		require.NoError(t, err)
		require.Equal(t, []string{"outer", "middle", "inner"}, seen)
	})
}

func spy(name string, seen *[]string) interceptor.Link {
	return interceptor.Link{
		Name: name,
		Unary: func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			*seen = append(*seen, name)
			return handler(ctx, req)
		},
		Stream: func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			*seen = append(*seen, name)
			return handler(srv, stream)
		},
	}
}

func TestHandlerSeesWhatTheChainFoundOut(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		links, logs, _ := chainOf(interceptor.Deps{})
		var who principal.Principal
		var id string
		conn := testserver.Start(t, func(ctx context.Context, _ string) error {
			who, id = principal.From(ctx), requestid.From(ctx)
			return nil
		}, interceptor.ServerOptions(links)...)

		header, err := call(metadata.AppendToOutgoingContext(t.Context(), requestid.Header, "r-1"), conn, "x")
		require.NoError(t, err)
		require.Equal(t, principal.Anonymous, who)
		require.Equal(t, "r-1", id)
		require.Equal(t, []string{"r-1"}, header.Get(requestid.Header))

		line := logs.FilterMessage("finished call").All()
		require.Len(t, line, 1)
		fields := line[0].ContextMap()
		require.Equal(t, "r-1", fields["request_id"])
		require.Equal(t, "default", fields["tenant"])
		require.Equal(t, "anonymous", fields["subject"])
	})
}

func TestHandlerPanicIsAnInternalErrorForAllLinks(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		links, logs, registry := chainOf(interceptor.Deps{})
		conn := testserver.Start(t, func(context.Context, string) error { panic("secret state") },
			interceptor.ServerOptions(links)...)

		header, err := call(t.Context(), conn, "x")
		st := testserver.RequireProblem(t, err, codes.Internal, problem.Internal)
		require.NotContains(t, st.Message(), "secret")
		id := header.Get(requestid.Header)
		require.Len(t, id, 1)

		panics := logs.FilterMessage("panic in a call").All()
		require.Len(t, panics, 1)
		require.Equal(t, id[0], panics[0].ContextMap()["request_id"])
		require.Len(t, logs.FilterMessage("finished call").FilterField(zap.String("reason", "INTERNAL")).All(), 1)
		require.InDelta(t, 1, counter(t, registry, "sluice_test_panics_total"), 0)
		require.InDelta(t, 1, counter(t, registry, "grpc_server_handled_total"), 0)
	})
}

func TestPanicInALinkIsCaught(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		links, _, registry := chainOf(interceptor.Deps{Authenticator: broken{}})
		conn := testserver.Start(t, func(context.Context, string) error { return nil },
			interceptor.ServerOptions(links)...)
		_, err := call(t.Context(), conn, "x")
		testserver.RequireProblem(t, err, codes.Internal, problem.Internal)
		require.InDelta(t, 1, counter(t, registry, "sluice_test_panics_total"), 0)
	})
}

type broken struct{}

func (broken) Authenticate(context.Context) (principal.Principal, error) { panic("broken") }

func TestErrorsEndUpAsStatuses(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		code   codes.Code
		reason problem.Reason
	}{
		{"problem", problem.New(problem.NameInvalid, "x"), codes.InvalidArgument, problem.NameInvalid},
		{"anything else", errors.New("disk on fire"), codes.Internal, problem.Internal},
		{"end of the context", context.Canceled, codes.Canceled, problem.ClientGone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
				links, _, _ := chainOf(interceptor.Deps{})
				conn := testserver.Start(t, func(context.Context, string) error { return test.err },
					interceptor.ServerOptions(links)...)
				_, err := call(t.Context(), conn, "x")
				testserver.RequireProblem(t, err, test.code, test.reason)
			})
		})
	}
}

func TestRefusalsOfInnerLinksAreLoggedAndCounted(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		links, logs, registry := chainOf(interceptor.Deps{Limits: limits.Config{Principal: limits.Bounds{CallsPerSecond: 0.001}}})
		conn := testserver.Start(t, func(context.Context, string) error { return nil },
			interceptor.ServerOptions(links)...)
		_, err := call(t.Context(), conn, "x")
		require.NoError(t, err)
		_, err = call(t.Context(), conn, "x")
		testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.RateLimited)
		require.Len(t, logs.FilterMessage("finished call").All(), 2)
		require.InDelta(t, 2, counter(t, registry, "grpc_server_handled_total"), 0)
	})
}

func TestOversizedMessageIsRefusedOverTheWholeChain(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		links, _, _ := chainOf(interceptor.Deps{MaxMessageBytes: 1000})
		conn := testserver.Start(t, func(context.Context, string) error { return nil },
			interceptor.ServerOptions(links)...)
		_, err := call(t.Context(), conn, strings.Repeat("a", 1001))
		testserver.RequireProblem(t, err, codes.ResourceExhausted, problem.MessageTooLarge)
	})
}

func TestStatusesOfHandlersStay(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		links, logs, _ := chainOf(interceptor.Deps{})
		conn := testserver.Start(t, func(context.Context, string) error {
			return grpcstatus.Error(codes.Unimplemented, "not here")
		}, interceptor.ServerOptions(links)...)
		_, err := call(t.Context(), conn, "x")
		require.Equal(t, codes.Unimplemented, grpcstatus.Code(err))
		require.Empty(t, logs.FilterMessage("call failed").All())
	})
}

// counter adds up all series of a counter.
func counter(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	sum := 0.0
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if family.GetName() == name {
				sum += metric.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func TestMetricsAreWellNamed(t *testing.T) {
	links, _, registry := chainOf(interceptor.Deps{})
	conn := testserver.Start(t, func(context.Context, string) error { return nil }, interceptor.ServerOptions(links)...)
	_, err := testserver.CallStream(t.Context(), conn, "x")
	require.NoError(t, err)
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}

// refuser authenticates as one principal, or not at all.
type refuser struct {
	who principal.Principal
	err error
}

func (r refuser) Authenticate(context.Context) (principal.Principal, error) { return r.who, r.err }

// Of several things that are wrong with a call the outermost link tells, the same
// for unary calls and streams, and the handler sees nothing of it.
func TestTheOutermostRefusalCounts(t *testing.T) {
	usedUp := limits.Config{
		Address:   address.Config{CallsPerSecond: 0.001, Burst: 1},
		Principal: limits.Bounds{CallsPerSecond: 0.001, Burst: 1},
	}
	stranger := refuser{err: problem.New(problem.CredentialsMissing, "who is it?")}
	reader := principal.Principal{Tenant: "a", Subject: "b", Scopes: []principal.Scope{principal.PointsRead}}
	writer := principal.Principal{Tenant: "a", Subject: "b", Scopes: []principal.Scope{principal.FilesRead, principal.FilesWrite}}
	tests := []struct {
		name   string
		limits limits.Config
		auth   refuser
		// first tells that another call was made before.
		first  bool
		reason problem.Reason
	}{
		{"address before credentials", usedUp, stranger, true, problem.RateLimited},
		{"credentials before the principal's limits", limits.Config{Principal: usedUp.Principal}, stranger, true, problem.CredentialsMissing},
		{"limits before scopes", limits.Config{Principal: usedUp.Principal}, refuser{who: reader}, true, problem.RateLimited},
		{"scopes before validation", limits.Config{}, refuser{who: reader}, false, problem.PermissionDenied},
		{"validation before the handler", limits.Config{}, refuser{who: writer}, false, problem.FieldInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
				links, _, _ := chainOf(interceptor.Deps{Authenticator: test.auth, Limits: test.limits})
				conn := testserver.Start(t, func(context.Context, string) error { panic("the handler was called") },
					interceptor.ServerOptions(links)...)
				if test.first {
					_, _ = call(t.Context(), conn, "\x00")
				}
				_, err := call(t.Context(), conn, "\x00")
				require.Equal(t, string(test.reason), reasonOf(err), "%v", err)
			})
		})
	}
}

func reasonOf(err error) string {
	for _, detail := range grpcstatus.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}
