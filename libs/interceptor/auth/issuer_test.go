package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/trustfile/trusttest"
)

const (
	issuerName = "https://issuer.example"
	audience   = "sluice"
)

// signer is a key of an issuer.
type signer struct {
	kid    string
	method jwt.SigningMethod
	key    crypto.Signer
}

func newRSA(t testing.TB, kid string, bits int) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	return signer{kid, jwt.SigningMethodRS256, key}
}

func newEC(t testing.TB, kid string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return signer{kid, jwt.SigningMethodES256, key}
}

func newEd25519(t testing.TB, kid string) signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return signer{kid, jwt.SigningMethodEdDSA, key}
}

// sign makes a token of these claims; change may touch it before it is signed.
func (s signer) sign(t testing.TB, claims jwt.MapClaims, change ...func(*jwt.Token)) string {
	t.Helper()
	token := jwt.NewWithClaims(s.method, claims)
	if s.kid != "" {
		token.Header["kid"] = s.kid
	}
	for _, c := range change {
		c(token)
	}
	text, err := token.SignedString(s.key)
	require.NoError(t, err)
	return text
}

// jwk is the public key as a set has it.
func (s signer) jwk(t testing.TB) jwkset.JWKMarshal {
	t.Helper()
	key, err := jwkset.NewJWKFromKey(s.key.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{
		KID: s.kid, ALG: jwkset.ALG(s.method.Alg()), USE: jwkset.UseSig,
	}})
	require.NoError(t, err)
	return key.Marshal()
}

func jwks(t testing.TB, signers ...signer) []byte {
	t.Helper()
	var set jwkset.JWKSMarshal
	for _, s := range signers {
		set.Keys = append(set.Keys, s.jwk(t))
	}
	data, err := json.Marshal(set)
	require.NoError(t, err)
	return data
}

func jwksFile(t testing.TB, signers ...signer) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jwks.json")
	trusttest.Replace(t, path, jwks(t, signers...))
	return path
}

// claims are those of a good token, with changes; nil takes a claim away.
func claims(changes jwt.MapClaims) jwt.MapClaims {
	good := jwt.MapClaims{
		"iss": issuerName, "aud": audience, "sub": "auth0|alice@example.org", "jti": "t-1",
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "nbf": time.Now().Unix(),
		"tenant": "acme", "scope": "files:write openid files:read",
	}
	maps.Copy(good, changes)
	maps.DeleteFunc(good, func(_ string, value any) bool { return value == nil })
	return good
}

// jwtConfig completes a configuration.
func jwtConfig(cfg auth.JWT) auth.JWT {
	complete := auth.DefaultConfig().JWT
	complete.Issuer, complete.Audience = issuerName, audience
	complete.JWKSFile, complete.JWKSURL, complete.GrantsClaim = cfg.JWKSFile, cfg.JWKSURL, cfg.GrantsClaim
	if cfg.RefreshInterval != 0 {
		complete.RefreshInterval = cfg.RefreshInterval
	}
	return complete
}

// publisher is an issuer's HTTP server.
type publisher struct {
	*httptest.Server

	mu     sync.Mutex // Guards what follows.
	answer http.HandlerFunc
	asked  int
}

func publish(t testing.TB, signers ...signer) *publisher {
	t.Helper()
	p := &publisher{}
	p.serve(jwks(t, signers...))
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked++
		answer := p.answer
		p.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) serve(data []byte) {
	p.handle(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
}

func (p *publisher) handle(answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

func (p *publisher) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, data, 0o600))
}
