package server

import (
	"crypto/tls"
	"errors"
	"fmt"
)

// TLS is the encryption of the gRPC port. The files are PEM. They are read again
// when they change, and new connections get what they have then; files that
// can't be used change nothing and are logged.
type TLS struct {
	CertFile     string     `koanf:"cert_file" flag:"tls-cert-file" help:"PEM file with the certificate chain; read again when it changes"`
	KeyFile      string     `koanf:"key_file" flag:"tls-key-file" help:"PEM file with the private key; read again when it changes"`
	ClientCAFile string     `koanf:"client_ca_file" flag:"tls-client-ca-file" help:"PEM file with the authorities of client certificates; read again when it changes"`
	ClientAuth   string     `koanf:"client_auth" flag:"tls-client-auth" help:"client certificates: none, optional (a wrong one is refused) or required; empty is optional with client_ca_file and else none"`
	MinVersion   TLSVersion `koanf:"min_version" flag:"tls-min-version" help:"lowest version of TLS: 1.3, or 1.2 for old clients"`
}

// The values of [TLS.ClientAuth].
const (
	ClientAuthNone     = "none"
	ClientAuthOptional = "optional"
	ClientAuthRequired = "required"
)

// Enabled tells whether the server encrypts.
func (t TLS) Enabled() bool { return t.CertFile != "" && t.KeyFile != "" }

// VerifiesClients tells whether a client can prove who it is by a certificate.
func (t TLS) VerifiesClients() bool { return t.Enabled() && t.clientAuth() != tls.NoClientCert }

// clientAuth is how client certificates are treated.
func (t TLS) clientAuth() tls.ClientAuthType {
	switch {
	case t.ClientAuth == ClientAuthRequired:
		return tls.RequireAndVerifyClientCert
	case t.ClientAuth == ClientAuthOptional, t.ClientAuth == "" && t.ClientCAFile != "":
		return tls.VerifyClientCertIfGiven
	default:
		return tls.NoClientCert
	}
}

func (t TLS) validate() error {
	if (t.CertFile == "") != (t.KeyFile == "") {
		return errors.New("tls: give both cert_file and key_file, or neither")
	}
	switch t.ClientAuth {
	case "", ClientAuthNone, ClientAuthOptional, ClientAuthRequired:
	default:
		return fmt.Errorf("tls.client_auth: %q is not none, optional or required", t.ClientAuth)
	}
	asks := t.clientAuth() != tls.NoClientCert
	switch {
	case asks && t.ClientCAFile == "":
		return fmt.Errorf("tls.client_auth: %s needs client_ca_file, which says whose certificates are good", t.ClientAuth)
	case asks && !t.Enabled():
		return errors.New("tls.client_ca_file: needs cert_file and key_file")
	case !asks && t.ClientCAFile != "":
		return errors.New("tls.client_ca_file: does nothing with client_auth none: remove one of them")
	}
	return nil
}
