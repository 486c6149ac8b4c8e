package auth

import (
	"context"
	"errors"
	"fmt"
)

// Config says which credentials the server takes, in any combination. The zero
// value takes none: every call is then anonymous.
type Config struct {
	KeysFile         string `help:"file of API keys, as \"sluice keys\" writes it"                                   koanf:"keys_file"`
	CertificatesFile string `help:"file with the rules from client certificates to tenants; needs tls.client_ca_file" koanf:"certificates_file"`
	JWT              JWT    `help:"tokens of an issuer; on with jwks_url or jwks_file"                                  koanf:"jwt"`
}

// DefaultConfig returns the defaults: no authentication, and what a JWT has to
// be where one is taken.
func DefaultConfig() Config { return Config{JWT: defaultJWT()} }

// Enabled tells whether callers are authenticated at all.
func (c Config) Enabled() bool {
	return c.KeysFile != "" || c.CertificatesFile != "" || c.JWT.Enabled()
}

// Validate returns every setting that can't be used.
func (c Config) Validate() error { return c.JWT.validate() }

// Open reads the files and fetches the keys of the JWT's issuer, and watches
// them until [Credentials.Close]. It fails when one of them is not there or not
// valid. ctx bounds the opening only.
func (c Config) Open(ctx context.Context, opts Options) (*Credentials, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	opened := &Credentials{howTo: c.howTo()}
	if err := errors.Join(c.openKeys(opened, opts), c.openCertificates(opened, opts), c.openTokens(ctx, opened, opts)); err != nil {
		opened.release()
		return nil, err
	}
	opened.watch()
	return opened, nil
}

func (c Config) openKeys(opened *Credentials, opts Options) error {
	if c.KeysFile == "" {
		return nil
	}
	opened.keys = &keys{path: c.KeysFile}
	return opened.open("auth.keys_file", c.KeysFile, opts, opened.keys.load)
}

func (c Config) openCertificates(opened *Credentials, opts Options) error {
	if c.CertificatesFile == "" {
		return nil
	}
	opened.certificates = &certificates{path: c.CertificatesFile}
	return opened.open("auth.certificates_file", c.CertificatesFile, opts, opened.certificates.load)
}

func (c Config) openTokens(ctx context.Context, opened *Credentials, opts Options) error {
	if !c.JWT.Enabled() {
		return nil
	}
	set := newKeySet(c.JWT.Algorithms)
	if c.JWT.JWKSFile != "" {
		if err := opened.open("auth.jwt.jwks_file", c.JWT.JWKSFile, opts, func() (string, error) { return set.loadFile(c.JWT.JWKSFile) }); err != nil {
			return err
		}
		return opened.takeTokens(c.JWT, set)
	}
	remote, err := openRemote(ctx, c.JWT, set, opts)
	if err != nil {
		return fmt.Errorf("auth.jwt.jwks_url: %w", err)
	}
	opened.remote = remote
	return opened.takeTokens(c.JWT, remote)
}
