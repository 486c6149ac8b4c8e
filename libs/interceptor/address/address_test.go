package address_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/test/bufconn"

	"github.com/sluice-ingest/sluice/libs/interceptor/address"
)

func tcp(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 7} }

// named is an address of another kind.
type named string

func (named) Network() string  { return "named" }
func (n named) String() string { return string(n) }

func TestOf(t *testing.T) {
	tests := []struct {
		name string
		addr net.Addr
		want string
	}{
		{"IPv4", tcp("192.0.2.7"), "192.0.2.7/32"},
		{"IPv4 mapped into IPv6", tcp("::ffff:192.0.2.7"), "192.0.2.7/32"},
		{"IPv6", tcp("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"},
		{"IPv6 with a zone", &net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0"}, "fe80::/64"},
		{"an address of another type", named("192.0.2.7:50"), "192.0.2.7/32"},
		{"a Unix socket", &net.UnixAddr{Name: "/run/s.sock", Net: "unix"}, "invalid Prefix"},
		{"a connection in memory", bufconn.Listen(1).Addr(), "invalid Prefix"},
		{"no IP", &net.TCPAddr{}, "invalid Prefix"},
		{"none", nil, "invalid Prefix"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, address.Of(test.addr).String())
		})
	}
}

func FuzzOfAnyText(f *testing.F) {
	f.Add("192.0.2.7:1")
	f.Add("[2001:db8::1%x]:1")
	f.Fuzz(func(t *testing.T, text string) {
		prefix := address.Of(named(text))
		require.Equal(t, prefix, prefix.Masked(), "one key for one address")
	})
}
