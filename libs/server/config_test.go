package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/config/configtest"
	"github.com/sluice-ingest/sluice/libs/server"
)

func TestDefaultsAreWhatTheDocumentationSays(t *testing.T) {
	want := server.Config{
		Listen: "127.0.0.1:1", AdminListen: "127.0.0.1:2",
		DrainGrace: 5 * time.Second, DrainTimeout: 30 * time.Second,
		MaxMessageBytes: 1 << 20, StreamWindow: 1 << 20, ConnectionWindow: 16 << 20,
		MaxConcurrentStreams: 1000, MaxHeaderBytes: 16 << 10, ConnectionTimeout: 10 * time.Second,
		Keepalive: server.Keepalive{Time: 30 * time.Second, Timeout: 10 * time.Second, MinTime: 10 * time.Second, PermitWithoutStream: true},
	}
	cfg := server.DefaultConfig("127.0.0.1:1", "127.0.0.1:2")
	require.Equal(t, want, cfg)
	require.NoError(t, cfg.Validate())
	configtest.Pin(t, "sluice-test", cfg)
}

func TestValidateRefuses(t *testing.T) {
	tests := []struct {
		name, want string
		change     func(*server.Config)
	}{
		{"no port", `listen: "localhost" is not host:port with a port from 0 to 65535; write for example 127.0.0.1:7070`, func(c *server.Config) { c.Listen = "localhost" }},
		{"a port that is none", `listen: ":70000" is not host:port`, func(c *server.Config) { c.Listen = ":70000" }},
		{"no address", `listen: "" is not host:port`, func(c *server.Config) { c.Listen = "" }},
		{"an admin address without port", `admin_listen: "x" is not host:port with a port from 0 to 65535; write for example 127.0.0.1:7170`, func(c *server.Config) { c.AdminListen = "x" }},
		{"a certificate without key", "tls: give both", func(c *server.Config) { c.TLS.CertFile = "c" }},
		{"a key without certificate", "tls: give both", func(c *server.Config) { c.TLS.KeyFile = "k" }},
		{"a negative grace", "drain_grace -1s must lie between", func(c *server.Config) { c.DrainGrace = -time.Second }},
		{"a grace over the bound", "drain_grace 5s must lie between 0s and drain_timeout 1s", func(c *server.Config) { c.DrainTimeout = time.Second }},
		{"a drain without bound", "must not be 0s", func(c *server.Config) { c.DrainGrace, c.DrainTimeout = 0, 0 }},
		{"no message", "max_message_bytes: 0 is not between 1 and 1GiB", func(c *server.Config) { c.MaxMessageBytes = 0 }},
		{"a window that grpc ignores", "stream_window: 32KiB is not between 64KiB", func(c *server.Config) { c.StreamWindow = 32 * config.KiB }},
		{"a window over 31 bits", "stream_window: 2GiB is not between", func(c *server.Config) { c.StreamWindow = 2 * config.GiB }},
		{"a connection narrower than a stream", "connection_window: 512KiB is not between 1MiB", func(c *server.Config) { c.ConnectionWindow = 512 * config.KiB }},
		{"no streams", "max_concurrent_streams: allow at least 1", func(c *server.Config) { c.MaxConcurrentStreams = 0 }},
		{"no headers", "max_header_bytes: 0 is not between", func(c *server.Config) { c.MaxHeaderBytes = 0 }},
		{"no time to connect", "connection_timeout: 0s is less than 1ms", func(c *server.Config) { c.ConnectionTimeout = 0 }},
		{"hasty pings", "keepalive.time: 1ms is less than 1s", func(c *server.Config) { c.Keepalive.Time = time.Millisecond }},
		{"no time to answer pings", "keepalive.timeout: 0s is less than 1ms", func(c *server.Config) { c.Keepalive.Timeout = 0 }},
		{"negative enforcement", "keepalive.min_time: -1s is less than 0s", func(c *server.Config) { c.Keepalive.MinTime = -time.Second }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := server.DefaultConfig("127.0.0.1:0", "")
			test.change(&cfg)
			require.ErrorContains(t, cfg.Validate(), test.want)
			_, err := server.New(cfg, options())
			require.ErrorContains(t, err, test.want)
		})
	}
}
