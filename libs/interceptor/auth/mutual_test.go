package auth_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/telemetry"
	"github.com/sluice-ingest/sluice/libs/trustfile/trusttest"
)

// mutual is a server on loopback that asks for certificates of an authority.
type mutual struct {
	address  string
	server   *trusttest.Authority
	clients  *trusttest.Authority
	rules    string
	seen     chan principal.Principal
	accepted *auth.Credentials
}

func serveTLS(t *testing.T, cfg auth.Config, rules string) mutual {
	t.Helper()
	m := mutual{
		server: trusttest.NewAuthority(t, "servers"), clients: trusttest.NewAuthority(t, "clients"),
		seen: make(chan principal.Principal, 1),
	}
	folder := t.TempDir()
	serverConfig := server.DefaultConfig("127.0.0.1:0", "")
	serverConfig.TLS = server.TLS{
		CertFile: filepath.Join(folder, "cert.pem"), KeyFile: filepath.Join(folder, "key.pem"), ClientCAFile: filepath.Join(folder, "ca.pem"),
	}
	m.server.Server(t).Write(t, serverConfig.TLS.CertFile, serverConfig.TLS.KeyFile)
	trusttest.Replace(t, serverConfig.TLS.ClientCAFile, m.clients.PEM())
	if rules != "" {
		m.rules = filepath.Join(folder, "rules.yaml")
		trusttest.Replace(t, m.rules, []byte(rules))
		cfg.CertificatesFile = m.rules
	}
	m.accepted = opened(t, cfg, auth.Options{Logger: zap.NewNop()})
	m.listen(t, serverConfig)
	return m
}

func (m *mutual) listen(t *testing.T, cfg server.Config) {
	t.Helper()
	lines := make(addresses, 1)
	log, err := telemetry.NewLogger(telemetry.DefaultConfig(), lines)
	require.NoError(t, err)
	p, l := problems.New(zap.NewNop()), auth.New(m.accepted)
	s, err := server.New(cfg, server.Options{Logger: log, Authenticated: true, GRPC: []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(p.Unary, l.Unary), grpc.ChainStreamInterceptor(p.Stream, l.Stream),
	}})
	require.NoError(t, err)
	s.RegisterService(m.description(), struct{}{})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	m.address = <-lines
}

// description is a service whose method tells the test who calls.
func (m *mutual) description() *grpc.ServiceDesc {
	whoAmI := func(_ any, ctx context.Context, decode func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
		request := &emptypb.Empty{}
		if err := decode(request); err != nil {
			return nil, err
		}
		return chain(ctx, request, &grpc.UnaryServerInfo{FullMethod: "/test.Who/AmI"}, func(ctx context.Context, _ any) (any, error) {
			m.seen <- principal.From(ctx)
			return request, nil
		})
	}
	return &grpc.ServiceDesc{
		ServiceName: "test.Who", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "AmI", Handler: whoAmI}},
	}
}

// addresses takes the address from the line that the server begins with.
type addresses chan string

func (a addresses) Write(line []byte) (int, error) {
	var entry struct {
		GRPC string `json:"grpc"`
	}
	if err := json.Unmarshal(line, &entry); err == nil && entry.GRPC != "" {
		a <- entry.GRPC
	}
	return len(line), nil
}

// dial connects with a certificate, or without one for nil.
func (m *mutual) dial(t *testing.T, pair *trusttest.Pair) *grpc.ClientConn {
	t.Helper()
	config := &tls.Config{RootCAs: m.server.Pool(), MinVersion: tls.VersionTLS13}
	if pair != nil {
		config.Certificates = []tls.Certificate{pair.TLS(t)}
	}
	conn, err := grpc.NewClient(m.address, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// whoAmI calls and returns the principal that the server saw.
func (m *mutual) whoAmI(t *testing.T, conn *grpc.ClientConn, token string) (principal.Principal, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	if err := conn.Invoke(ctx, "/test.Who/AmI", &emptypb.Empty{}, &emptypb.Empty{}); err != nil {
		return principal.Principal{}, err
	}
	select {
	case p := <-m.seen:
		return p, nil
	case <-time.After(patience):
		require.Fail(t, "the handler did not run")
		return principal.Principal{}, nil
	}
}
