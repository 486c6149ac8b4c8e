package server

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/telemetry"
)

// broken is a listener that fails when it is told to.
type broken struct {
	net.Listener
	fail chan struct{}
}

var errBroken = errors.New("accept: out of order")

func (b broken) Accept() (net.Conn, error) {
	<-b.fail
	return nil, errBroken
}

func TestFailedListenerEndsTheServer(t *testing.T) {
	for _, part := range []string{"gRPC", "admin"} {
		t.Run(part, func(t *testing.T) {
			s, err := New(DefaultConfig("127.0.0.1:0", "127.0.0.1:0"), Options{Logger: zap.NewNop(), Registry: telemetry.NewRegistry()})
			require.NoError(t, err)
			api, err := listen(t.Context(), "127.0.0.1:0")
			require.NoError(t, err)
			admin, err := listen(t.Context(), "127.0.0.1:0")
			require.NoError(t, err)
			fail := make(chan struct{})
			close(fail)
			addresses := []string{api.Addr().String(), admin.Addr().String()}
			if part == "gRPC" {
				api = broken{api, fail}
			} else {
				admin = broken{admin, fail}
			}

			began := time.Now()
			err = s.serve(t.Context(), api, admin)
			require.ErrorIs(t, err, errBroken)
			require.ErrorContains(t, err, part+" listener")
			require.Less(t, time.Since(began), s.cfg.DrainGrace, "nothing was open to wait for")
			for _, address := range addresses {
				_, err := net.Dial("tcp", address)
				require.Error(t, err, "%s is still open", address)
			}
		})
	}
}
