package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// withClient runs do with a client made from the global flags and bounded by
// --timeout.
func (a *app) withClient(ctx context.Context, do func(context.Context, *client.StreamingClient) error, opts ...client.Option) error {
	if a.globals.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.globals.timeout)
		defer cancel()
	}
	c, err := a.connect(opts...)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, c), c.Close())
}

func (a *app) connect(opts ...client.Option) (*client.StreamingClient, error) {
	security, err := a.security()
	if err != nil {
		return nil, usageError{err}
	}
	opts = append(opts, security...)
	opts = append(opts, client.WithUserAgent("sluice-cli/"+version()))
	c, err := client.NewStreamingClient(a.globals.addr, opts...)
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// security turns the flags and variables for credentials and TLS into options.
func (a *app) security() ([]client.Option, error) {
	opts, err := a.token()
	if err != nil {
		return nil, err
	}
	if a.globals.plaintext {
		return append(opts, client.WithPlaintext()), nil
	}
	certificate, err := a.clientCertificate()
	if err != nil {
		return nil, err
	}
	opts = append(opts, certificate...)
	if a.globals.tls || a.globals.tlsCA != "" {
		config, err := tlsConfig(a.globals.tlsCA)
		if err != nil {
			return nil, err
		}
		opts = append(opts, client.WithTLS(config))
	}
	return opts, nil
}

// token is what the server authenticates the caller by in each call.
func (a *app) token() ([]client.Option, error) {
	key, file, named := a.globals.apiKey, a.globals.tokenFile, "--token-file"
	if key == "" && file == "" {
		named = "SLUICE_TOKEN_FILE"
		key, file = a.env.Getenv("SLUICE_API_KEY"), a.env.Getenv("SLUICE_TOKEN_FILE")
	}
	switch {
	case key != "" && file != "":
		return nil, errors.New("SLUICE_API_KEY contradicts SLUICE_TOKEN_FILE; unset one of them, or give --api-key or --token-file")
	case key != "":
		return []client.Option{client.WithAPIKey(key)}, nil
	case file != "":
		if err := checkTokenFile(file); err != nil {
			return nil, fmt.Errorf("%s: %w", named, err)
		}
		return []client.Option{client.WithTokenSource(client.TokenFile(file))}, nil
	}
	return nil, nil
}

// checkTokenFile refuses a file that has no token now. A pipe gives its token
// only once, so that it is left to the call.
func checkTokenFile(file string) error {
	info, err := os.Stat(file)
	if err != nil || info.Mode()&fs.ModeNamedPipe != 0 {
		return err
	}
	token, err := client.TokenFile(file).Token(context.Background())
	if err == nil && token == "" {
		return fmt.Errorf("%s is empty", file)
	}
	return err
}

// clientCertificate is the certificate to present, if any.
func (a *app) clientCertificate() ([]client.Option, error) {
	cert, key := a.globals.clientCert, a.globals.clientKey
	if cert == "" && key == "" {
		cert, key = a.env.Getenv("SLUICE_CLIENT_CERT"), a.env.Getenv("SLUICE_CLIENT_KEY")
	}
	switch {
	case cert == "" && key == "":
		return nil, nil
	case cert == "" || key == "":
		return nil, errors.New("a client certificate has two files; give --client-cert and --client-key, or SLUICE_CLIENT_CERT and SLUICE_CLIENT_KEY")
	}
	return []client.Option{client.WithClientCertificate(cert, key)}, nil
}

// tlsConfig trusts the authorities in the PEM file, or the system's when it
// has no name.
func tlsConfig(file string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	if file == "" {
		return config, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--tls-ca: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--tls-ca: %s has no certificate in PEM form", file)
	}
	return config, nil
}

// pingPoints is ping for a collector.
func pingPoints(ctx context.Context, c *client.StreamingClient) error {
	_, err := c.Points().ListSeries(ctx, &collectorv1.ListSeriesRequest{PageSize: 1})
	return unlessDenied(err)
}

// unlessDenied forgives a ping that needs a scope which the command itself does
// not: who refuses it so is a Sluice service.
func unlessDenied(err error) error {
	if e, ok := client.AsError(err); ok && e.Code == codes.PermissionDenied && e.Reason != "" {
		return nil
	}
	return err
}

// ping makes sure that a Sluice file service answers and takes the credentials,
// before something long begins that would hide it behind its retries.
func ping(ctx context.Context, c *client.StreamingClient) error {
	_, err := c.Files().ListUploads(ctx, &fileuploadv1.ListUploadsRequest{PageSize: 1})
	return err
}
