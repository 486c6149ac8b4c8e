// Package authorization says which scopes a method needs, and refuses callers
// that lack one.
package authorization

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// Unary lets a call pass whose principal has what the method needs, and refuses
// any other with reason PERMISSION_DENIED. Health checks pass without a
// principal, and reflection with any. Whatever else is not in the table is
// refused, whoever calls it.
func Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := check(ctx, info.FullMethod); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

// Stream does the same as [Unary].
func Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := check(stream.Context(), info.FullMethod); err != nil {
		return err
	}
	return handler(srv, stream)
}

// Scopes returns what a method needs, and whether the table has it.
func Scopes(fullMethod string) (needed []principal.Scope, ok bool) {
	entry, ok := table[fullMethod]
	return slices.Clone(entry), ok
}

func check(ctx context.Context, fullMethod string) error {
	if method.IsHealth(fullMethod) || method.IsReflection(fullMethod) {
		return nil
	}
	needed, ok := table[fullMethod]
	if !ok {
		return problem.New(problem.PermissionDenied, "no scope allows this method")
	}
	who := principal.From(ctx)
	if missing := slices.DeleteFunc(slices.Clone(needed), who.May); len(missing) > 0 {
		return problem.New(problem.PermissionDenied, "the credentials lack the scope %s", join(missing))
	}
	return nil
}

func join(list []principal.Scope) string {
	var names []string
	for _, scope := range list {
		names = append(names, string(scope))
	}
	return strings.Join(names, " and ")
}
