package tests

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	guardIssuerName = "https://issuer.example"
	guardAudience   = "sluice"
)

// guardIssuer signs tokens and serves its key over HTTP. Safe for concurrent use.
type guardIssuer struct {
	url string
	key ed25519.PrivateKey
}

func newGuardIssuer(t *testing.T) *guardIssuer {
	t.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	set, err := json.Marshal(map[string]any{"keys": []map[string]string{{
		"kty": "OKP", "crv": "Ed25519", "kid": "one", "alg": "EdDSA", "use": "sig",
		"x": base64.RawURLEncoding.EncodeToString(public),
	}}})
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(set) // The other side tells when it came to nothing.
	}))
	t.Cleanup(server.Close)
	return &guardIssuer{url: server.URL, key: key}
}

// args has a server take the issuer's tokens.
func (i *guardIssuer) args() []string {
	return []string{
		"--auth-jwt-jwks-url", i.url, "--auth-jwt-issuer", guardIssuerName, "--auth-jwt-audience", guardAudience,
	}
}

// token signs one for alice of the tenant acme, with all scopes. Times are whole
// seconds in tokens.
func (i *guardIssuer) token(expires time.Time) string {
	text := func(part map[string]any) string {
		data, err := json.Marshal(part)
		if err != nil {
			panic(err) // Of strings and numbers.
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	signed := text(map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": "one"}) + "." + text(map[string]any{
		"iss": guardIssuerName, "aud": guardAudience, "sub": "alice", "tenant": "acme", "scope": "all",
		"exp": expires.Unix(), "iat": time.Now().Unix(),
	})
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(i.key, []byte(signed)))
}

// soon is a whole second, at least d from now.
func soon(d time.Duration) time.Time {
	return time.Now().Add(d + time.Second - 1).Truncate(time.Second)
}

// shortTokens is a TokenSource whose tokens are good for one to two seconds. It
// gives each for as long as it is good.
type shortTokens struct {
	issuer *guardIssuer

	mu      sync.Mutex // Guards what follows.
	expires time.Time
	token   string
	given   int
}

func (s *shortTokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !time.Now().Before(s.expires) {
		s.expires = soon(time.Second)
		s.token = s.issuer.token(s.expires)
		s.given++
	}
	return s.token, nil
}

// count is how many tokens were given.
func (s *shortTokens) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given
}
