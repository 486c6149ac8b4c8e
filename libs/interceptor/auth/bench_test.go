package auth_test

import (
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
)

func BenchmarkAuthenticate(b *testing.B) {
	rsaKey, ec, ed := newRSA(b, "rsa", 2048), newEC(b, "ec"), newEd25519(b, "ed")
	keysFile := b.TempDir() + "/keys.yaml"
	apiKey := newKey(b, keysFile, "s", time.Time{})
	server := opened(b, auth.Config{KeysFile: keysFile, JWT: jwtConfig(auth.JWT{JWKSFile: jwksFile(b, rsaKey, ec, ed)})},
		auth.Options{Logger: zap.NewNop()})
	for _, sent := range []struct{ name, token string }{
		{"key", apiKey},
		{"RS256", rsaKey.sign(b, claims(nil))},
		{"ES256", ec.sign(b, claims(nil))},
		{"EdDSA", ed.sign(b, claims(nil))},
	} {
		b.Run(sent.name, func(b *testing.B) {
			ctx := incoming(b.Context(), sent.token)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := server.Authenticate(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
