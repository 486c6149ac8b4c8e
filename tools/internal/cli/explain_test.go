package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The texts are those of grpc-go; what they can't be provoked into without a
// network is pinned here.
func TestUnavailableSaysWhatToDo(t *testing.T) {
	tests := map[string]string{
		`connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:7070: connect: connection refused"`:    "nothing answers at here:1; start the server with `task up` or give --addr",
		`name resolver error: produced zero addresses`:                                                                       "the host of here:1 is not known; check --addr",
		`connection error: desc = "transport: Error while dialing: dial tcp: lookup nowhere.invalid: no such host"`:          "the host of here:1 is not known; check --addr",
		`connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: oh"`: "is not trusted; give its authority with --tls-ca",
		`keepalive ping failed to receive ACK within timeout`:                                                                `cannot reach here:1: keepalive ping failed`,
	}
	for text, want := range tests {
		require.Contains(t, unavailable("here:1", text), want)
	}
}
