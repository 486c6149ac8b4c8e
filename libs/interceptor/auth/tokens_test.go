package auth_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// taking opens a server that takes the tokens of these keys.
func taking(t *testing.T, signers ...signer) *auth.Credentials {
	t.Helper()
	return opened(t, auth.Config{JWT: jwtConfig(auth.JWT{JWKSFile: jwksFile(t, signers...), GrantsClaim: "grants"})},
		auth.Options{Logger: zap.NewNop()})
}

func TestTokenMakesThePrincipal(t *testing.T) {
	rsaKey, ec, ed := newRSA(t, "rsa", 2048), newEC(t, "ec"), newEd25519(t, "ed")
	server := taking(t, rsaKey, ec, ed)
	exp := time.Now().Add(time.Hour).Truncate(time.Second).UTC()
	for _, key := range []signer{rsaKey, ec, ed} {
		got, err := call(t, server, key.sign(t, claims(jwt.MapClaims{
			"exp": exp.Unix(), "grants": map[string]any{"files": []string{"a/*"}},
		})))
		require.NoError(t, err, key.kid)
		require.Equal(t, principal.Principal{
			Tenant: "acme", Subject: "auth0|alice@example.org", Credential: "jwt:t-1", ExpiresAt: exp,
			Scopes: []principal.Scope{principal.FilesWrite, principal.FilesRead},
			Grants: principal.Grants{Files: principal.Patterns{"a/*"}},
		}, got)
	}
}

func TestClaimsOfAToken(t *testing.T) {
	key := newEC(t, "k")
	server := taking(t, key)
	long := make([]byte, 257)
	for i := range long {
		long[i] = 'a'
	}
	tests := []struct {
		name    string
		changes jwt.MapClaims
		want    string // "" is taken
	}{
		{"several audiences", jwt.MapClaims{"aud": []string{"other", audience}}, ""},
		{"scopes as a list", jwt.MapClaims{"scope": []string{"files:write"}}, ""},
		{"no scopes", jwt.MapClaims{"scope": nil}, ""},
		{"subject of a SPIFFE id", jwt.MapClaims{"sub": "spiffe://example.org/a"}, ""},
		{"no tenant", jwt.MapClaims{"tenant": nil}, `claim "tenant"`},
		{"tenant that is no string", jwt.MapClaims{"tenant": 7}, `claim "tenant"`},
		{"tenant as a path", jwt.MapClaims{"tenant": "../other"}, `claim "tenant"`},
		{"no subject", jwt.MapClaims{"sub": nil}, `claim "sub"`},
		{"subject with a line break", jwt.MapClaims{"sub": "a\nb"}, `claim "sub"`},
		{"subject with a NUL", jwt.MapClaims{"sub": "a\x00b"}, `claim "sub"`},
		{"subject with a quote", jwt.MapClaims{"sub": `a"b`}, `claim "sub"`},
		{"subject too long", jwt.MapClaims{"sub": string(long)}, `claim "sub"`},
		{"scopes that are no list", jwt.MapClaims{"scope": 7}, `claim "scope"`},
		{"scopes that are no strings", jwt.MapClaims{"scope": []any{"files:write", 7}}, `claim "scope"`},
		{"grants that are no object", jwt.MapClaims{"grants": "a/*"}, `claim "grants"`},
		{"grants of another kind", jwt.MapClaims{"grants": map[string]any{"file": []string{"a"}}}, `claim "grants"`},
		{"grants without names", jwt.MapClaims{"grants": map[string]any{"files": []string{}}}, `claim "grants"`},
		{"grants of nothing", jwt.MapClaims{"grants": map[string]any{"files": (*int)(nil)}}, `claim "grants"`},
		{"grants with a bad pattern", jwt.MapClaims{"grants": map[string]any{"files": []string{"a*b"}}}, `claim "grants"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := call(t, server, key.sign(t, claims(test.changes)))
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, problem.CredentialsInvalid, problem.ReasonOf(err))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestUnknownScopesAreIgnored(t *testing.T) {
	key := newEC(t, "k")
	server := taking(t, key)
	for scope, want := range map[string][]principal.Scope{
		"openid profile files:*":      nil,
		"":                            nil,
		"openid points:read":          {principal.PointsRead},
		" files:write  FILES:READ \t": {principal.FilesWrite},
	} {
		p, err := call(t, server, key.sign(t, claims(jwt.MapClaims{"scope": scope})))
		require.NoError(t, err)
		require.Equal(t, want, p.Scopes)
		require.False(t, p.May(principal.FilesDelete))
	}
}

func TestTimesOfAToken(t *testing.T) {
	key := newEC(t, "k")
	tests := []struct {
		name    string
		changes func(now time.Time) jwt.MapClaims
		want    problem.Reason // "" is taken
	}{
		{"expired within the leeway", func(now time.Time) jwt.MapClaims { return jwt.MapClaims{"exp": now.Add(-29 * time.Second).Unix()} }, ""},
		{"expired before it", func(now time.Time) jwt.MapClaims { return jwt.MapClaims{"exp": now.Add(-30 * time.Second).Unix()} }, problem.CredentialsExpired},
		{"no expiry", func(time.Time) jwt.MapClaims { return jwt.MapClaims{"exp": nil} }, problem.CredentialsInvalid},
		{"expiry at 0", func(time.Time) jwt.MapClaims { return jwt.MapClaims{"exp": 0} }, problem.CredentialsInvalid},
		{"expiry as a string", func(time.Time) jwt.MapClaims { return jwt.MapClaims{"exp": "9999999999"} }, problem.CredentialsInvalid},
		{"not yet valid within the leeway", func(now time.Time) jwt.MapClaims { return jwt.MapClaims{"nbf": now.Add(30 * time.Second).Unix()} }, ""},
		{"not yet valid", func(now time.Time) jwt.MapClaims { return jwt.MapClaims{"nbf": now.Add(31 * time.Second).Unix()} }, problem.CredentialsInvalid},
		{"issued in the future", func(now time.Time) jwt.MapClaims { return jwt.MapClaims{"iat": now.Add(31 * time.Second).Unix()} }, problem.CredentialsInvalid},
		{"expired and of another audience", func(now time.Time) jwt.MapClaims {
			return jwt.MapClaims{"exp": now.Add(-time.Hour).Unix(), "aud": "other"}
		}, problem.CredentialsInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := taking(t, key)
				_, err := call(t, server, key.sign(t, claims(test.changes(time.Now()))))
				require.Equal(t, test.want, problem.ReasonOf(err), "%v", err)
			})
		})
	}
}

// A stream ends at the exp of its token, unless the leeway let it in later.
func TestPrincipalEndsWithTheToken(t *testing.T) {
	key := newEC(t, "k")
	synctest.Test(t, func(t *testing.T) {
		server := taking(t, key)
		exp := time.Now().Add(time.Minute).UTC()
		token := key.sign(t, claims(jwt.MapClaims{"exp": exp.Unix()}))
		p, err := call(t, server, token)
		require.NoError(t, err)
		require.Equal(t, exp, p.ExpiresAt)

		<-time.After(time.Minute)
		p, err = call(t, server, token)
		require.NoError(t, err)
		require.Equal(t, exp.Add(30*time.Second), p.ExpiresAt)

		<-time.After(30 * time.Second)
		_, err = call(t, server, token)
		require.Equal(t, problem.CredentialsExpired, problem.ReasonOf(err))
	})
}

func TestCredentialNamesTheTokenOrItsKey(t *testing.T) {
	key := newEC(t, "k-1")
	server := taking(t, key)
	for jti, want := range map[any]string{
		"t-1": "jwt:t-1", "a\nforged line": "jwt:k-1", nil: "jwt:k-1", 7: "jwt:k-1",
	} {
		p, err := call(t, server, key.sign(t, claims(jwt.MapClaims{"jti": jti})))
		require.NoError(t, err)
		require.Equal(t, want, p.Credential)
	}
}
