package auth_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// serve starts a server whose handler says which principal it saw last.
func serve(t *testing.T, a auth.Authenticator) (*grpc.ClientConn, *principal.Principal) {
	t.Helper()
	seen := &principal.Principal{}
	p, l := problems.New(zap.NewNop()), auth.New(a)
	conn := testserver.Start(t, func(ctx context.Context, _ string) error {
		*seen = principal.From(ctx)
		return nil
	}, grpc.ChainUnaryInterceptor(p.Unary, l.Unary), grpc.ChainStreamInterceptor(p.Stream, l.Stream))
	return conn, seen
}

// newKey adds a key to the file at path and returns its text.
func newKey(t testing.TB, path, subject string, expiresAt time.Time) string {
	t.Helper()
	text, key, err := apikey.Generate(apikey.Key{
		Tenant: "acme", Subject: subject, ExpiresAt: expiresAt,
		Scopes: []principal.Scope{principal.FilesWrite},
		Allow:  principal.Grants{Files: principal.Patterns{"backups/*"}},
	}, time.Now())
	require.NoError(t, err)
	require.NoError(t, apikey.Update(path, func(set *apikey.Set) error { return set.Add(key) }))
	return text
}

// openKeys opens a file of API keys for as long as the test runs.
func openKeys(t *testing.T, path string) *auth.Credentials {
	t.Helper()
	return opened(t, auth.Config{KeysFile: path}, auth.Options{Logger: zap.NewNop()})
}

func opened(t testing.TB, cfg auth.Config, opts auth.Options) *auth.Credentials {
	t.Helper()
	credentials, err := cfg.Open(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(credentials.Close)
	return credentials
}

func sending(ctx context.Context, authorization ...string) context.Context {
	return metadata.NewOutgoingContext(ctx, metadata.MD{"authorization": authorization})
}

func TestKeyMakesThePrincipal(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		path := filepath.Join(t.TempDir(), "keys.yaml")
		expiresAt := time.Now().Add(time.Hour).UTC()
		text := newKey(t, path, "backup", expiresAt)
		keys := openKeys(t, path)
		conn, seen := serve(t, keys)
		for _, scheme := range []string{"Bearer ", "bearer "} {
			_, err := call(sending(t.Context(), scheme+text), conn, "x")
			require.NoError(t, err)
			got := *seen
			require.NoError(t, got.Revoked.Err())
			got.Revoked = nil
			require.Equal(t, principal.Principal{
				Tenant: "acme", Subject: "backup", Credential: "key:" + text[4:16], ExpiresAt: expiresAt,
				Scopes: []principal.Scope{principal.FilesWrite}, Grants: principal.Grants{Files: principal.Patterns{"backups/*"}},
			}, got)
			*seen = principal.Principal{}
		}
	})
}

func TestCredentialsThatAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	good := newKey(t, path, "s", time.Time{})
	wrong := good[:20] + strings.Repeat("a", len(good)-20)
	keys := openKeys(t, path)

	tests := []struct {
		name   string
		sent   []string
		reason problem.Reason
		text   string
	}{
		{"none", nil, problem.CredentialsMissing, "Bearer <API key>"},
		{"empty", []string{""}, problem.CredentialsInvalid, "Bearer <API key>"},
		{"other scheme", []string{"Basic " + good}, problem.CredentialsInvalid, "Bearer <API key>"},
		{"no scheme", []string{good}, problem.CredentialsInvalid, "Bearer <API key>"},
		{"two", []string{"Bearer " + good, "Bearer " + good}, problem.CredentialsInvalid, "more than once"},
		{"no key", []string{"Bearer x"}, problem.CredentialsInvalid, "slk_<id>_<secret>"},
		{"wrong secret", []string{"Bearer " + wrong}, problem.CredentialsInvalid, "unknown or was revoked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
				conn, seen := serve(t, keys)
				_, err := call(sending(t.Context(), test.sent...), conn, "x")
				st := testserver.RequireProblem(t, err, codes.Unauthenticated, test.reason)
				require.Contains(t, st.Message(), test.text)
				require.NotContains(t, st.Message(), good[4:16], "not even the id goes back")
				require.Zero(t, *seen, "the handler did not run")
			})
		})
	}
}

func TestKeyStopsAtItsExpiry(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.yaml")
			text := newKey(t, path, "s", time.Now().Add(time.Hour))
			keys := openKeys(t, path)
			conn, _ := serve(t, keys)
			<-time.After(time.Hour - time.Second)
			_, err := call(sending(t.Context(), "Bearer "+text), conn, "x")
			require.NoError(t, err)
			<-time.After(time.Second)
			_, err = call(sending(t.Context(), "Bearer "+text), conn, "x")
			testserver.RequireProblem(t, err, codes.Unauthenticated, problem.CredentialsExpired)
		})
	})
}

func TestAnonymous(t *testing.T) {
	testserver.BothWays(t, func(t *testing.T, call testserver.Call) {
		conn, seen := serve(t, auth.Anonymous{})
		_, err := call(t.Context(), conn, "x")
		require.NoError(t, err)
		require.Equal(t, principal.Anonymous, *seen)
	})
}

func TestHealthIsExemptAndReflectionIsNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(path, &apikey.Set{}))
	keys := openKeys(t, path)
	conn, _ := serve(t, keys)

	_, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	watch, err := healthv1.NewHealthClient(conn).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.NoError(t, err)
	stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	_, err = stream.Recv()
	testserver.RequireProblem(t, err, codes.Unauthenticated, problem.CredentialsMissing)
}

// A service may carry go-grpc-middleware's hook to authenticate by itself. It
// must not be heeded.
func TestServiceCannotSwitchAuthenticationOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(path, &apikey.Set{}))
	keys := openKeys(t, path)
	a := auth.New(keys)

	_, err := a.Unary(t.Context(), nil, &grpc.UnaryServerInfo{Server: careless{}, FullMethod: testserver.UnaryMethod},
		func(context.Context, any) (any, error) { return "reached", nil })
	require.Equal(t, problem.CredentialsMissing, problem.ReasonOf(err))
	err = a.Stream(careless{}, stub{ctx: t.Context()}, &grpc.StreamServerInfo{FullMethod: testserver.StreamMethod},
		func(any, grpc.ServerStream) error { return nil })
	require.Equal(t, problem.CredentialsMissing, problem.ReasonOf(err))
}

type careless struct{}

func (careless) AuthFuncOverride(ctx context.Context, _ string) (context.Context, error) {
	return ctx, nil
}

type stub struct {
	grpc.ServerStream

	ctx context.Context
}

func (s stub) Context() context.Context { return s.ctx }
