package tests

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

const (
	issuerName     = "https://issuer.example"
	issuerAudience = "sluice"
)

// issuer makes tokens with one RSA key, which it calls "k".
type issuer struct{ key *rsa.PrivateKey }

func newIssuer(t *testing.T) issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return issuer{key}
}

// args are the flags of a server that takes the issuer's tokens.
func (i issuer) args(t *testing.T) []string {
	t.Helper()
	e := big.NewInt(int64(i.key.E))
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k",
		"n": base64.RawURLEncoding.EncodeToString(i.key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(e.Bytes()),
	}}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "jwks.json")
	require.NoError(t, os.WriteFile(path, set, 0o600))
	return []string{
		"--auth-jwt-jwks-file", path, "--auth-jwt-issuer", issuerName, "--auth-jwt-audience", issuerAudience,
		"--auth-jwt-leeway", "1s",
	}
}

// claims are those of a good token of the tenant, with changes.
func claims(tenant string, changes jwt.MapClaims) jwt.MapClaims {
	now := time.Now()
	good := jwt.MapClaims{
		"iss": issuerName, "aud": issuerAudience, "sub": "alice", "tenant": tenant, "scope": "all",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(good, changes)
	return good
}

// token is a good one, with changes of its claims.
func (i issuer) token(t *testing.T, tenant string, changes jwt.MapClaims) string {
	t.Helper()
	return signed(t, jwt.SigningMethodRS256, i.key, claims(tenant, changes))
}

func signed(t *testing.T, method jwt.SigningMethod, key crypto.PrivateKey, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = "k"
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

// withToken gives calls a bearer token; an empty one is none.
func withToken(ctx context.Context, token string) context.Context {
	if token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

func TestAttackByTokenIsRefused(t *testing.T) {
	i, stranger := newIssuer(t), newIssuer(t)
	s := startServer(t, i.args(t)...)
	ctx := bounded(t)
	good := i.token(t, "acme", nil)
	alice := withToken(ctx, good)
	s.store(alice, t, "witness.bin", testkit.NewContent(1, 1000))

	der, err := x509.MarshalPKIXPublicKey(i.key.Public())
	require.NoError(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	hour := time.Now().Add(time.Hour).Unix()
	tests := []struct{ name, token, reason string }{
		{"no_token", "", "CREDENTIALS_MISSING"},
		{"not_a_token", "hunter2-is-no-token", "CREDENTIALS_INVALID"},
		{"api_key_where_there_are_none", "slk_aaaaaaaaaaaa_" + strings.Repeat("a", 52), "CREDENTIALS_INVALID"},
		{"changed_signature", good[:len(good)-8] + "AAAAAAAA", "CREDENTIALS_INVALID"},
		{"no_signature", good[:strings.LastIndex(good, ".")+1], "CREDENTIALS_INVALID"},
		{"key_of_a_stranger", stranger.token(t, "acme", nil), "CREDENTIALS_INVALID"},
		{"expired", i.token(t, "acme", jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()}), "CREDENTIALS_EXPIRED"},
		{"not_yet_valid", i.token(t, "acme", jwt.MapClaims{"nbf": hour}), "CREDENTIALS_INVALID"},
		{"of_the_future", i.token(t, "acme", jwt.MapClaims{"iat": hour}), "CREDENTIALS_INVALID"},
		{"another_audience", i.token(t, "acme", jwt.MapClaims{"aud": "other"}), "CREDENTIALS_INVALID"},
		{"another_issuer", i.token(t, "acme", jwt.MapClaims{"iss": "https://evil.example"}), "CREDENTIALS_INVALID"},
		{"no_tenant", i.token(t, "", nil), "CREDENTIALS_INVALID"},
		{"tenant_of_a_path", i.token(t, "../umbrella", nil), "CREDENTIALS_INVALID"},
		{"algorithm_none", signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims("acme", nil)), "CREDENTIALS_INVALID"},
		{"key_confusion_by_pem", signed(t, jwt.SigningMethodHS256, public, claims("acme", nil)), "CREDENTIALS_INVALID"},
		{"key_confusion_by_der", signed(t, jwt.SigningMethodHS256, der, claims("acme", nil)), "CREDENTIALS_INVALID"},
		{"another_algorithm_of_the_key", signed(t, jwt.SigningMethodPS256, i.key, claims("acme", nil)), "CREDENTIALS_INVALID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { s.requireShutOut(withToken(ctx, tt.token), t, tt.token, tt.reason) })
	}
	t.Run("two_tokens", func(t *testing.T) {
		s.requireShutOut(withToken(alice, stranger.token(t, "acme", nil)), t, "", "CREDENTIALS_INVALID")
	})
	files, err := s.files.ListFiles(alice, &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	require.Len(t, files.GetFiles(), 1, "nothing was stored")
	for _, tt := range tests[1:] {
		require.NotContains(t, s.Logs(), tt.token, "the log has a token")
	}
}

// requireShutOut wants calls of each kind to be refused, without a trace of the
// token.
func (p peer) requireShutOut(ctx context.Context, t *testing.T, token, reason string) {
	t.Helper()
	calls := map[string]func() error{
		"upload": func() error {
			return p.sendAll(ctx, stream(&fileuploadv1.UploadFileRequest{FileName: "a.txt", Data: []byte("a"), IsLastChunk: true}))
		},
		"list": func() error {
			_, err := p.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
			return err
		},
		"watch": func() error {
			watch, err := p.streams.WatchStreams(ctx, &streamv1.WatchStreamsRequest{})
			if err == nil {
				_, err = watch.Recv()
			}
			return err
		},
	}
	for name, call := range calls {
		r := requireRefused(t, call(), codes.Unauthenticated, reason)
		if token != "" {
			require.NotContains(t, r.text, token, name)
		}
	}
}

// TestAttackWithAnothersUploadIsAnsweredAsIfItWereAbsent compares, word for word,
// what is said of an upload of another tenant and of none.
func TestAttackWithAnothersUploadIsAnsweredAsIfItWereAbsent(t *testing.T) {
	i := newIssuer(t)
	s := startServer(t, i.args(t)...)
	ctx := bounded(t)
	alice, bob := withToken(ctx, i.token(t, "acme", nil)), withToken(ctx, i.token(t, "umbrella", nil))
	content := testkit.NewContent(7, 4*chunkSize)
	foreign, absent := uuid.NewString(), uuid.NewString()
	u := s.mustBegin(alice, t, header("open.bin", foreign, content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 2*chunkSize))
	s.awaitUpload(alice, t, foreign, receivedAtLeast(2*chunkSize))

	calls := []struct {
		name string
		call func(id string) error
	}{
		{"get", func(id string) error {
			_, err := s.files.GetUpload(bob, &fileuploadv1.GetUploadRequest{UploadId: id})
			return err
		}},
		{"watch", func(id string) error {
			watch, err := s.files.WatchUpload(bob, &fileuploadv1.WatchUploadRequest{UploadId: id})
			if err == nil {
				_, err = watch.Recv()
			}
			return err
		}},
		{"abort", func(id string) error {
			_, err := s.files.AbortUpload(bob, &fileuploadv1.AbortUploadRequest{UploadId: id})
			return err
		}},
		{"go_on_without_a_header", func(id string) error {
			return s.sendAll(bob, stream(&fileuploadv1.UploadFileRequest{UploadId: id, Offset: 2 * chunkSize, Data: []byte("x")}))
		}},
		{"go_on_behind_what_is_there", func(id string) error {
			return s.sendAll(bob, stream(header("open.bin", id, content.Size()), chunk(content, 2*chunkSize, chunkSize)))
		}},
	}
	for _, tt := range calls {
		t.Run(tt.name, func(t *testing.T) {
			got, want := refusalOf(tt.call(foreign)), refusalOf(tt.call(absent))
			require.NotEqual(t, codes.OK, want.code)
			require.Equal(t, want.code, got.code)
			require.Equal(t, want.reason, got.reason)
			require.Equal(t, strings.ReplaceAll(want.text, absent, "ID"), strings.ReplaceAll(got.text, foreign, "ID"))
			require.Equal(t, want.cut.GetPosition().String(), got.cut.GetPosition().String())
		})
	}
	require.NoError(t, u.sendFrom(content, 2*chunkSize, content.Size()))
	receipt, err := u.finish()
	require.NoError(t, err, "the owner's stream goes on")
	requireReceipt(t, receipt, "open.bin", content)
}
