package tests

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// productionIssuer signs tokens as the issuer of the production configuration.
type productionIssuer struct {
	key  ed25519.PrivateKey
	keys []byte // The JSON Web Key Set.
}

func newProductionIssuer(t *testing.T) productionIssuer {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	keys, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "today",
		"x": base64.RawURLEncoding.EncodeToString(public),
	}}})
	require.NoError(t, err)
	return productionIssuer{key: private, keys: keys}
}

// token is good for an hour.
func (i productionIssuer) token(t *testing.T, audience, scope string) string {
	t.Helper()
	part := func(value any) string {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(map[string]string{"alg": "EdDSA", "typ": "JWT", "kid": "today"}) + "." + part(map[string]any{
		"iss": "https://issuer.example.com/", "aud": audience, "sub": "job", "tenant": "shop", "scope": scope,
		"exp": time.Now().Add(time.Hour).Unix(),
	})
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(i.key, []byte(signed)))
}

// productionClients is the authority of the clients' certificates.
type productionClients struct {
	certificate *x509.Certificate
	key         ed25519.PrivateKey
}

func newProductionClients(t *testing.T) productionClients {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return productionClients{certificate: certificate, key: private}
}

func (c productionClients) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.certificate.Raw})
}

// issue makes a client's certificate with a SPIFFE id.
func (c productionClients) issue(t *testing.T, id string) tls.Certificate {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	uri, err := url.Parse(id)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: c.certificate.NotBefore, NotAfter: c.certificate.NotAfter,
		URIs: []*url.URL{uri}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.certificate, public, c.key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
}
