package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/client"
)

// The texts are those of grpc-go; what they can't be provoked into without a
// network is pinned here.
func TestUnavailableSaysWhatToDo(t *testing.T) {
	tests := map[string]string{
		`connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:7070: connect: connection refused"`:    "nothing answers at here:1; check --addr and that the server runs",
		`name resolver error: produced zero addresses`:                                                                       "the host of here:1 is not known; check --addr",
		`connection error: desc = "transport: Error while dialing: dial tcp: lookup nowhere.invalid: no such host"`:          "the host of here:1 is not known; check --addr",
		`connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: oh"`: "is not trusted; give its authority with --tls-ca",
		`keepalive ping failed to receive ACK within timeout`:                                                                `cannot reach here:1: keepalive ping failed`,
	}
	for text, want := range tests {
		failed, ok := client.AsError(status.Error(codes.Unavailable, text))
		require.True(t, ok)
		require.Contains(t, unavailable("here:1", fileService(), failed), want)
	}
}

func TestOnlyAServerOnThisMachineCanBeStarted(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:7070": true, "localhost:1": true, "[::1]:7070": true,
		"files.example.com:443": false, "10.0.0.1:7070": false, "unix:/run/s.sock": false,
	} {
		if want {
			require.Contains(t, startAdvice(addr, fileService()), "bin/sluice-fileupload", addr)
		} else {
			require.NotContains(t, startAdvice(addr, fileService()), "sluice-fileupload", addr)
		}
	}
}
