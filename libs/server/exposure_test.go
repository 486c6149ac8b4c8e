package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/server"
)

func TestCheckExposure(t *testing.T) {
	const open, closed = "0.0.0.0:50051", "127.0.0.1:50051"
	tests := []struct {
		name, listen, admin      string
		authenticated, encrypted bool
		insecure, adminInsecure  bool
		want                     string
	}{
		{name: "loopback needs nothing", listen: closed},
		{name: "IPv6 loopback needs nothing", listen: "[::1]:1"},
		{name: "another loopback address needs nothing", listen: "127.9.9.9:1"},
		{name: "localhost needs nothing", listen: "localhost:1", admin: "localhost:2"},
		{name: "what is no address is not said to be open", listen: "foo", admin: "foo"},
		{name: "both are enough", listen: open, authenticated: true, encrypted: true},
		{name: "insecure opens the service", listen: open, admin: closed, insecure: true},
		{name: "the admin port's own switch opens it", listen: closed, admin: open, adminInsecure: true},
		{name: "the two switches open both", listen: open, admin: open, insecure: true, adminInsecure: true},
		{name: "insecure leaves the admin port closed", listen: open, admin: ":9090", insecure: true, want: "refusing to open the admin port on :9090, which others can reach and read metrics and profiles from: set --admin-listen to an address of 127.0.0.1 or to nothing, or accept the risk with --admin-insecure"},
		{name: "the admin port's switch leaves the service closed", listen: open, admin: open, adminInsecure: true, want: "refusing to listen on 0.0.0.0:50051"},
		{name: "neither", listen: open, want: "refusing to listen on 0.0.0.0:50051, which others can reach: configure authentication and TLS (--tls-cert-file and --tls-key-file), listen on 127.0.0.1, or accept the risk with --insecure"},
		{name: "authentication alone", listen: open, authenticated: true, want: "configure TLS (--tls-cert-file and --tls-key-file), listen"},
		{name: "TLS alone", listen: open, encrypted: true, want: "configure authentication, listen"},
		{name: "all interfaces", listen: ":1", want: "refusing to listen on :1"},
		{name: "all IPv6 interfaces", listen: "[::]:1", want: "refusing to listen on [::]:1"},
		{name: "a name", listen: "example.org:1", want: "refusing to listen on example.org:1"},
		{name: "a name like localhost", listen: "localhost.example.org:1", want: "refusing to listen"},
		{name: "an open admin port", listen: closed, admin: ":9090", want: "refusing to open the admin port on :9090"},
		{name: "an open admin port beside a safe service", listen: open, authenticated: true, encrypted: true, admin: "10.0.0.1:9090", want: "refusing to open the admin port on 10.0.0.1:9090"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := server.DefaultConfig(test.listen, test.admin)
			cfg.Insecure, cfg.AdminInsecure = test.insecure, test.adminInsecure
			if test.encrypted {
				cfg.TLS = server.TLS{CertFile: "c", KeyFile: "k"}
			}
			err := cfg.CheckExposure(test.authenticated)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			opts := options()
			opts.Authenticated = test.authenticated
			_, err = server.New(cfg, opts)
			require.ErrorContains(t, err, test.want, "New lets it pass")
		})
	}
}
