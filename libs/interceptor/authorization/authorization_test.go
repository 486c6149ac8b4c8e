package authorization_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/sluice-ingest/sluice/libs/interceptor/authorization"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// methods are those of all services of the published schema.
func methods() []string {
	var names []string
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "sluice.") {
			return true
		}
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for k := range service.Methods().Len() {
				names = append(names, fmt.Sprintf("/%s/%s", service.FullName(), service.Methods().Get(k).Name()))
			}
		}
		return true
	})
	return names
}

func TestEveryMethodOfTheSchemaNeedsAScope(t *testing.T) {
	require.Len(t, methods(), 36)
	for _, name := range methods() {
		needed, ok := authorization.Scopes(name)
		require.True(t, ok, "%s is not in the table: decide what it needs", name)
		require.NotEmpty(t, needed, name)
		for _, scope := range needed {
			require.True(t, scope.Known(), name)
			require.NotEqual(t, principal.All, scope, "%s: a method needs a scope of its own", name)
		}
	}
}

func TestEachScopeIsNeeded(t *testing.T) {
	for _, name := range methods() {
		needed, _ := authorization.Scopes(name)
		require.NoError(t, call(name, needed...), name)
		require.NoError(t, call(name, principal.All), name)
		for i := range needed {
			others := append([]principal.Scope{}, needed[:i]...)
			others = append(others, needed[i+1:]...)
			err := call(name, others...)
			require.Equal(t, problem.PermissionDenied, problem.ReasonOf(err), name)
			require.ErrorContains(t, err, string(needed[i]))
		}
	}
}

func TestAScopeOpensNothingElse(t *testing.T) {
	for _, scope := range principal.Scopes()[1:] {
		for _, name := range methods() {
			needed, _ := authorization.Scopes(name)
			if len(needed) == 1 && needed[0] == scope {
				require.NoError(t, call(name, scope), name)
			} else {
				require.Error(t, call(name, scope), "%s with %s alone", name, scope)
			}
		}
	}
}

func TestWhatIsNotInTheTableIsRefused(t *testing.T) {
	err := call("/sluice.secret.v1.SecretService/Tell", principal.All)
	require.Equal(t, problem.PermissionDenied, problem.ReasonOf(err))
}

func TestHealthNeedsNothing(t *testing.T) {
	require.NoError(t, call("/grpc.health.v1.Health/Check"))
	require.NoError(t, call("/grpc.health.v1.Health/Watch"))
}

// call calls a method both ways and returns the refusal, which must be the same.
func call(name string, scopes ...principal.Scope) error {
	ctx := principal.With(context.Background(), principal.Principal{Tenant: "a", Subject: "b", Scopes: scopes})
	called := 0
	_, unary := authorization.Unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: name},
		func(context.Context, any) (any, error) { called++; return nil, nil })
	stream := authorization.Stream(nil, serverStream{ctx: ctx}, &grpc.StreamServerInfo{FullMethod: name},
		func(any, grpc.ServerStream) error { called++; return nil })
	if fmt.Sprint(unary) != fmt.Sprint(stream) {
		return fmt.Errorf("unary: %w, stream: %w", unary, stream)
	}
	if (unary == nil) != (called == 2) {
		return fmt.Errorf("the handler was called %d times, error %w", called, unary)
	}
	return unary
}

type serverStream struct {
	grpc.ServerStream

	ctx context.Context
}

func (s serverStream) Context() context.Context { return s.ctx }
