package client

import (
	"crypto/tls"
	"errors"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// wantsTLS tells whether an option is about TLS.
func (o *options) wantsTLS() bool {
	return o.tls != nil || o.rootFile != "" || o.certFile != "" || o.keyFile != ""
}

// validateTLS reports options that exclude each other.
func (o *options) validateTLS() error {
	switch {
	case o.plaintext && o.tls != nil:
		return errors.New("client: WithPlaintext and WithTLS exclude each other")
	case o.plaintext && o.wantsTLS():
		return errors.New("client: WithPlaintext excludes WithRootCA and WithClientCertificate")
	case (o.certFile == "") != (o.keyFile == ""):
		return errors.New("client: WithClientCertificate needs both files, the certificate's and the key's")
	case o.tls == nil:
		return nil
	case o.rootFile != "" && o.tls.RootCAs != nil:
		return errors.New("client: WithRootCA and the RootCAs of WithTLS exclude each other")
	case o.certFile != "" && (len(o.tls.Certificates) > 0 || o.tls.GetClientCertificate != nil):
		return errors.New("client: WithClientCertificate and the client certificate of WithTLS exclude each other")
	}
	return nil
}

// transport returns the credentials of connections, and the certificate that they
// present, nil for none.
func (o *options) transport(plaintext bool) (credentials.TransportCredentials, *clientCertificate, error) {
	if plaintext {
		return insecure.NewCredentials(), nil, nil
	}
	config, err := o.tlsConfig()
	if err != nil {
		return nil, nil, err
	}
	if o.certFile == "" {
		return credentials.NewTLS(config), nil, nil
	}
	certificate, err := openClientCertificate(o.certFile, o.keyFile)
	if err != nil {
		return nil, nil, err
	}
	return newCertificateCredentials(config, certificate), certificate, nil
}

func (o *options) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.tls != nil {
		config = o.tls.Clone()
	}
	if o.rootFile != "" {
		roots, err := readRoots(o.rootFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = roots
	}
	return config, nil
}
