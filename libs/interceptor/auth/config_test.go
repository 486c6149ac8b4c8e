package auth_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/config/configtest"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/principal"
)

func withClock(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

func TestDefaultsAreWhatTheDocumentationSays(t *testing.T) {
	want := auth.Config{JWT: auth.JWT{
		Algorithms: []string{"RS256", "ES256", "EdDSA"}, Leeway: 30 * time.Second,
		TenantClaim: "tenant", SubjectClaim: "sub", ScopesClaim: "scope", RefreshInterval: 5 * time.Minute,
	}}
	require.Equal(t, want, auth.DefaultConfig())
	require.NoError(t, want.Validate())
	require.False(t, want.Enabled())
	configtest.Pin(t, "sluice-test", struct {
		Auth auth.Config `koanf:"auth"`
	}{want})
}

func TestNothingConfiguredIsAnonymous(t *testing.T) {
	got, err := opened(t, auth.DefaultConfig(), auth.Options{Logger: zap.NewNop()}).Authenticate(context.Background())
	require.NoError(t, err)
	require.Equal(t, principal.Anonymous, got)
}

func TestValidateNamesTheSetting(t *testing.T) {
	tests := []struct {
		name, want string
		change     func(*auth.JWT)
	}{
		{"an issuer without keys", "auth.jwt: set jwks_url or jwks_file", func(c *auth.JWT) { c.JWKSURL = "" }},
		{"two sources", "auth.jwt: set jwks_url or jwks_file, not both", func(c *auth.JWT) { c.JWKSFile = "x" }},
		{"no issuer", "auth.jwt.issuer: is required", func(c *auth.JWT) { c.Issuer = "" }},
		{"no audience", "auth.jwt.audience: is required", func(c *auth.JWT) { c.Audience = "" }},
		{"no tenant claim", "auth.jwt.tenant_claim: is required", func(c *auth.JWT) { c.TenantClaim = "" }},
		{"no algorithm", "auth.jwt.algorithms: name at least one", func(c *auth.JWT) { c.Algorithms = nil }},
		{"no signature", "nobody signed", func(c *auth.JWT) { c.Algorithms = []string{"None"} }},
		{"a shared secret", "shared secret", func(c *auth.JWT) { c.Algorithms = []string{"RS256", "HS256"} }},
		{"an unknown algorithm", `"RS1" is none of RS256`, func(c *auth.JWT) { c.Algorithms = []string{"RS1"} }},
		{"plain HTTP", "use https", func(c *auth.JWT) { c.JWKSURL = "http://issuer.example/keys" }},
		{"plain HTTP to a lookalike", "use https", func(c *auth.JWT) { c.JWKSURL = "http://localhost.example/keys" }},
		{"a file URL", "write an https URL", func(c *auth.JWT) { c.JWKSURL = "file:///etc/passwd" }},
		{"a password", "leave them out", func(c *auth.JWT) { c.JWKSURL = "https://a:b@issuer.example" }},
		{"negative leeway", "auth.jwt.leeway: -1s is not between", func(c *auth.JWT) { c.Leeway = -time.Second }},
		{"endless leeway", "auth.jwt.leeway: 1h0m0s is not between", func(c *auth.JWT) { c.Leeway = time.Hour }},
		{"hasty refreshes", "auth.jwt.refresh_interval: 1ms is not between", func(c *auth.JWT) { c.RefreshInterval = time.Millisecond }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := auth.Config{JWT: jwtConfig(auth.JWT{JWKSURL: "https://issuer.example/keys"})}
			require.NoError(t, cfg.Validate())
			test.change(&cfg.JWT)
			require.ErrorContains(t, cfg.Validate(), test.want)
			_, err := cfg.Open(t.Context(), auth.Options{Logger: zap.NewNop()})
			require.ErrorContains(t, err, test.want)
		})
	}
}
