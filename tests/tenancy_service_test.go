package tests

import (
	"crypto/tls"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// services are those that every test of tenants and payloads runs.
var services = []string{"fileupload", "collector", "logagg"}

// tenancy is a service with API keys and TLS.
type tenancy struct {
	service string
	addr    string
	certs   testkit.Certificates
	// texts are the keys by the name that the test gives them.
	texts map[string]string
}

// startTenancy runs a service that takes the keys. They get their identifiers and
// secrets here.
func startTenancy(t *testing.T, service string, keys map[string]apikey.Key) *tenancy {
	t.Helper()
	s := &tenancy{service: service, certs: testkit.Cert(t), texts: map[string]string{}}
	set := new(apikey.Set)
	for name, wanted := range keys {
		text, key, err := apikey.Generate(wanted, time.Now())
		require.NoError(t, err)
		require.NoError(t, set.Add(key))
		s.texts[name] = text
	}
	file := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(file, set))
	s.addr = launchService(t, service, t.TempDir(),
		"--auth-keys-file", file, "--tls-cert-file", s.certs.CertFile, "--tls-key-file", s.certs.KeyFile).Addr
	return s
}

// launchService runs one of the services by its name.
func launchService(t *testing.T, service, dataDir string, args ...string) *testkit.Process {
	t.Helper()
	switch service {
	case "fileupload":
		return launchServer(t, dataDir, args...).Process
	case "collector":
		return launchCollector(t, dataDir, args...).Process
	default:
		return launchLogs(t, dataDir, args...).Process
	}
}

// options connect with a key.
func (s *tenancy) options(key string) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: s.certs.Pool, MinVersion: tls.VersionTLS13})),
		grpc.WithPerRPCCredentials(bearer(s.texts[key])),
	}
}

// as connects with the key of a name.
func (s *tenancy) as(t *testing.T, key string) *grpc.ClientConn {
	t.Helper()
	return dial(t, s.addr, s.options(key)...).conn
}
