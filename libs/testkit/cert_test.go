package testkit_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestCertIsTrustedByItsPoolOnly(t *testing.T) {
	certs := testkit.Cert(t)
	pair, err := tls.LoadX509KeyPair(certs.CertFile, certs.KeyFile)
	require.NoError(t, err)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go shakeHands(listener)

	connect := func(pool *x509.CertPool) error {
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: pool})
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	require.NoError(t, connect(certs.Pool))
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, connect(testkit.Cert(t).Pool), &unknown)
}

// shakeHands takes connections until the listener is closed.
func shakeHands(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_ = conn.(*tls.Conn).Handshake() // the client tells how it went
		_ = conn.Close()
	}
}
