package auth_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// forge encodes a token by hand.
func forge(t *testing.T, header, payload map[string]any, signature []byte) string {
	t.Helper()
	part := func(v any) string {
		data, err := json.Marshal(v)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return part(header) + "." + part(payload) + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// signHMAC signs with what an attacker knows: the public key.
func signHMAC(t *testing.T, kid string, secret []byte) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims(nil))
	token.Header["kid"] = kid
	text, err := token.SignedString(secret)
	require.NoError(t, err)
	return text
}

func header(key, value any) func(*jwt.Token) {
	return func(token *jwt.Token) { token.Header[key.(string)] = value }
}

func TestAttacksByToken(t *testing.T) {
	key, other := newRSA(t, "k", 2048), newEC(t, "other")
	stranger := newRSA(t, "k", 2048) // Calls its key like the issuer's.
	lure := publish(t, stranger)
	server := taking(t, key, other)

	public, err := x509.MarshalPKIXPublicKey(key.key.Public())
	require.NoError(t, err)
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	good := key.sign(t, claims(nil))
	parts := strings.Split(good, ".")
	spoiled := strings.Replace(parts[1], parts[1][10:14], "AAAA", 1)

	tests := []struct {
		name, token, want string
	}{
		{"no token", "", "not a JWT that the server can read"},
		{"not three parts", "a.b", "not a JWT that the server can read"},
		{"five parts", "a.b.c.d.e", "not a JWT that the server can read"},
		{"not JSON", "e30.e30.", "signature"},
		{"algorithm none", forge(t, map[string]any{"alg": "none", "kid": "k"}, claims(nil), nil), "signature"},
		{"algorithm None", forge(t, map[string]any{"alg": "NoNe", "kid": "k"}, claims(nil), nil), "signature"},
		{"no algorithm", forge(t, map[string]any{"kid": "k"}, claims(nil), nil), "signature"},
		{"HS256 with the public key as PEM", signHMAC(t, "k", publicPEM), "signature"},
		{"HS256 with the public key as DER", signHMAC(t, "k", public), "signature"},
		{"HS256 with nothing", signHMAC(t, "k", []byte{}), "signature"},
		{"an algorithm that is not taken", signer{"k", jwt.SigningMethodPS256, key.key}.sign(t, claims(nil)), "signature"},
		{"the algorithm of another key", forge(t, map[string]any{"alg": "ES256", "kid": "k"}, claims(nil), make([]byte, 64)), "signature"},
		{"a signature of zeros", forge(t, map[string]any{"alg": "ES256", "kid": "other"}, claims(nil), make([]byte, 64)), "signature"},
		{"no signature", parts[0] + "." + parts[1] + ".", "signature"},
		{"changed claims", parts[0] + "." + spoiled + "." + parts[2], ""},
		{"a stranger's key under the issuer's name", stranger.sign(t, claims(nil)), "signature"},
		{"a key in the header", stranger.sign(t, claims(nil), header("jwk", stranger.jwk(t))), "signature"},
		{"a key set in the header", stranger.sign(t, claims(nil), header("jku", lure.URL)), "signature"},
		{"a certificate in the header", stranger.sign(t, claims(nil), header("x5u", lure.URL)), "signature"},
		{"a key id with a path", key.sign(t, claims(nil), header("kid", "../../../etc/passwd")), "unknown kid"},
		{"a key id with SQL", key.sign(t, claims(nil), header("kid", "' OR 1=1 --")), "unknown kid"},
		{"a key id with a line break", key.sign(t, claims(nil), header("kid", "k\n")), "unknown kid"},
		{"a key id that is a URL", key.sign(t, claims(nil), header("kid", lure.URL)), "unknown kid"},
		{"a key id that is a number", key.sign(t, claims(nil), header("kid", 7)), "signature"},
		{"no key id among several keys", signer{"", key.method, key.key}.sign(t, claims(nil)), "names no key"},
		{"critical extensions", key.sign(t, claims(nil), header("crit", []string{"b64"})), "critical"},
		{"another audience", key.sign(t, claims(jwt.MapClaims{"aud": "other"})), "audience"},
		{"no audience", key.sign(t, claims(jwt.MapClaims{"aud": nil})), "aud"},
		{"a part of the audience", key.sign(t, claims(jwt.MapClaims{"aud": "sluic"})), "audience"},
		{"another issuer", key.sign(t, claims(jwt.MapClaims{"iss": "https://evil.example"})), "issuer"},
		{"no issuer", key.sign(t, claims(jwt.MapClaims{"iss": nil})), "iss"},
		{"no expiry", key.sign(t, claims(jwt.MapClaims{"exp": nil})), "exp"},
		{"100 KB", key.sign(t, claims(jwt.MapClaims{"x": strings.Repeat("a", 100_000)})), "longer than 16 KiB"},
		{"an API key", "slk_aaaaaaaaaaaa_" + strings.Repeat("a", 52), "no API keys"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := call(t, server, test.token)
			require.Equal(t, problem.CredentialsInvalid, problem.ReasonOf(err), "%v", err)
			require.ErrorContains(t, err, test.want)
			require.Zero(t, p)
			requireNoTraceOf(t, err, test.token)
		})
	}
	require.Zero(t, lure.count(), "nothing was fetched from where a token pointed")
	_, err = call(t, server, good)
	require.NoError(t, err, "the good token is still taken")
}

// requireNoTraceOf fails when an error, its cause included, has part of a token
// or of its claims.
func requireNoTraceOf(t *testing.T, err error, token string) {
	t.Helper()
	text := err.Error()
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 {
			require.NotContains(t, text, part[:8])
		}
	}
	for _, secret := range []string{"alice", "acme", "evil", "passwd", "OR 1=1", "NoNe", "127.0.0.1"} {
		require.NotContains(t, text, secret)
	}
}

func TestSeveralTokensAreRefused(t *testing.T) {
	key := newEC(t, "k")
	server := taking(t, key)
	good := "Bearer " + key.sign(t, claims(nil))
	for _, values := range [][]string{{good, good}, {"Bearer x", good}, {good, ""}} {
		_, err := server.Authenticate(metadata.NewIncomingContext(t.Context(), metadata.MD{"authorization": values}))
		require.Equal(t, problem.CredentialsInvalid, problem.ReasonOf(err))
		require.ErrorContains(t, err, "more than once")
	}
}

func TestExpiredTokenIsToldApart(t *testing.T) {
	key := newEC(t, "k")
	server := taking(t, key)
	_, err := call(t, server, key.sign(t, claims(jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()})))
	require.Equal(t, problem.CredentialsExpired, problem.ReasonOf(err))
	require.ErrorContains(t, err, "send a fresh one")
}

func FuzzBearerTokens(f *testing.F) {
	key := newEC(f, "k")
	good := key.sign(f, claims(nil))
	f.Add(good)
	f.Add("slk_aaaaaaaaaaaa_" + strings.Repeat("a", 52))
	f.Add("e30.e30.e30")
	f.Add(strings.Replace(good, ".", "..", 1))
	path := jwksFile(f, key)
	keys := f.TempDir() + "/keys.yaml"
	writeFile(f, keys, []byte("keys: []\n"))
	server := opened(f, auth.Config{KeysFile: keys, JWT: jwtConfig(auth.JWT{JWKSFile: path})}, auth.Options{Logger: zap.NewNop()})
	f.Fuzz(func(t *testing.T, token string) {
		p, err := call(t, server, token)
		if token == good {
			require.NoError(t, err)
			return
		}
		if err == nil {
			// Only the signature can be another: ECDSA has two for everything.
			require.Equal(t, good[:strings.LastIndex(good, ".")], token[:strings.LastIndex(token, ".")])
			return
		}
		require.Contains(t, []problem.Reason{problem.CredentialsInvalid, problem.CredentialsExpired}, problem.ReasonOf(err))
		require.Zero(t, p)
	})
}
