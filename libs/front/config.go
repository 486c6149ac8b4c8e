package front

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/audit"
	"github.com/sluice-ingest/sluice/libs/flow"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/lifetime"
	"github.com/sluice-ingest/sluice/libs/interceptor/limits"
	"github.com/sluice-ingest/sluice/libs/server"
)

// Config is the part of a service's configuration that every service has. A
// service's own embeds it.
type Config struct {
	Server  server.Config   `koanf:"server"`
	Auth    auth.Config     `koanf:"auth" help:"who may call; empty lets everyone in as the tenant default"`
	Limits  limits.Config   `koanf:"limits" help:"how much may be started, open and sent; 0 is no limit"`
	Streams lifetime.Config `koanf:"streams" help:"how long a stream may go on"`
	Memory  flow.Config     `koanf:"memory" help:"what streams may take of the process's memory"`
	Audit   audit.Config    `koanf:"audit" help:"the log of who did what"`
}

// DefaultConfig returns the defaults of a service that serves at the given
// addresses.
func DefaultConfig(listen, admin string) Config {
	return Config{
		Server: server.DefaultConfig(listen, admin), Auth: auth.DefaultConfig(), Limits: limits.DefaultConfig(),
		Streams: lifetime.DefaultConfig(), Audit: audit.DefaultConfig(),
	}
}

// Validate returns every setting that can't be used.
func (c Config) Validate() error {
	return errors.Join(
		c.Server.Validate(), c.Server.CheckExposure(c.Auth.Enabled()), c.Auth.Validate(), c.checkCertificates(),
		c.Limits.Validate(), c.Streams.Validate(), c.Memory.Validate(c.streamBytes()), c.Audit.Validate(),
	)
}

// checkCertificates refuses rules for certificates that no client is asked for.
func (c Config) checkCertificates() error {
	if c.Auth.CertificatesFile != "" && c.Server.TLS.ClientCAFile == "" {
		return errors.New("auth.certificates_file: set server.tls.client_ca_file too, or no client shows a certificate")
	}
	return nil
}

// streamBytes is what a stream can hold before anyone sees it.
func (c Config) streamBytes() int64 {
	return int64(c.Server.StreamWindow) + int64(c.Server.MessageLimit())
}

// server is the server's configuration with the limits on connections.
func (c Config) server() server.Config {
	s := c.Server
	s.MaxConnections, s.MaxConnectionsPerAddress = c.Limits.Connections, c.Limits.Address.Connections
	return s
}
