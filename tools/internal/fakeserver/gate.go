package fakeserver

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// Gate lets calls in or refuses them. Set its fields before it gets calls.
type Gate struct {
	// Key is the API key that calls must carry; empty for none.
	Key string
	// Denies is the full name of a unary method that nobody may call; empty for
	// none.
	Denies string

	// lock guards drains.
	lock   sync.Mutex
	drains bool
}

// options have every call pass the gate.
func (g *Gate) options() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			if err := g.admit(ctx); err != nil {
				return nil, err
			}
			if info.FullMethod == g.Denies {
				return nil, Problem(codes.PermissionDenied, "PERMISSION_DENIED", "", "the credentials lack a scope")
			}
			return handle(ctx, req)
		}),
		grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
			if err := g.admit(stream.Context()); err != nil {
				return err
			}
			return handle(srv, stream)
		}),
	}
}

// admit refuses calls without the key, and all while the server drains.
func (g *Gate) admit(ctx context.Context) error {
	g.lock.Lock()
	drains := g.drains
	g.lock.Unlock()
	if drains {
		return Problem(codes.Unavailable, "DRAINING", "", "the server is shutting down")
	}
	if g.Key == "" {
		return nil
	}
	md, _ := metadata.FromIncomingContext(ctx)
	switch got := md.Get("authorization"); {
	case len(got) == 0:
		return Problem(codes.Unauthenticated, "CREDENTIALS_MISSING", "", "send an API key")
	case got[0] != "Bearer "+g.Key:
		return Problem(codes.Unauthenticated, "CREDENTIALS_INVALID", "", "the API key is not known")
	}
	return nil
}

// Drain has the server refuse every call as one that shuts down.
func (g *Gate) Drain() {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.drains = true
}
