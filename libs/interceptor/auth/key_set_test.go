package auth_test

import (
	"encoding/json"
	"testing"

	"github.com/MicahParks/jwkset"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/trustfile/trusttest"
)

func TestUnfitKeysOfASetAreLeftOut(t *testing.T) {
	good := newRSA(t, "good", 2048)
	weak := newRSA(t, "weak", 1024)
	tests := []struct {
		name string
		key  func() jwkset.JWKMarshal
	}{
		{"symmetric", func() jwkset.JWKMarshal { return jwkset.JWKMarshal{KTY: jwkset.KtyOct, KID: "x", K: "c2VjcmV0"} }},
		{"weak", func() jwkset.JWKMarshal { return weak.jwk(t) }},
		{"for encryption", func() jwkset.JWKMarshal { k := good.jwk(t); k.USE = jwkset.UseEnc; return k }},
		{"for signing only", func() jwkset.JWKMarshal {
			k := good.jwk(t)
			k.KEYOPS = []jwkset.KEYOPS{jwkset.KeyOpsSign}
			return k
		}},
		{"of an algorithm that is not taken", func() jwkset.JWKMarshal { k := good.jwk(t); k.ALG = "RS512"; return k }},
		{"of a curve that is none", func() jwkset.JWKMarshal { k := newEC(t, "x").jwk(t); k.X = k.Y; return k }},
		{"of an unknown kind", func() jwkset.JWKMarshal { return jwkset.JWKMarshal{KTY: "PQ", KID: "x"} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := t.TempDir() + "/jwks.json"
			write := func(keys ...jwkset.JWKMarshal) {
				data, err := json.Marshal(jwkset.JWKSMarshal{Keys: keys})
				require.NoError(t, err)
				trusttest.Replace(t, path, data)
			}
			cfg := auth.Config{JWT: jwtConfig(auth.JWT{JWKSFile: path})}
			write(test.key())
			_, err := cfg.Open(t.Context(), auth.Options{Logger: zap.NewNop()})
			require.ErrorContains(t, err, "none of the 1 keys of the set is a public key for signatures with RS256, ES256, EdDSA")

			write(test.key(), good.jwk(t))
			_, err = call(t, opened(t, cfg, auth.Options{Logger: zap.NewNop()}), good.sign(t, claims(nil)))
			require.NoError(t, err, "the others count")
		})
	}
}

func TestTokenWithoutKeyIDIsTakenFromAnIssuerWithOneKey(t *testing.T) {
	key := newEC(t, "")
	_, err := call(t, taking(t, key), key.sign(t, claims(nil)))
	require.NoError(t, err)
	_, err = call(t, taking(t, key, newEC(t, "x")), key.sign(t, claims(nil)))
	require.Equal(t, problem.CredentialsInvalid, problem.ReasonOf(err))
}

func TestKeysFileOfTheIssuerIsReloaded(t *testing.T) {
	withClock(t, func(t *testing.T) {
		old, next := newEC(t, "old"), newEC(t, "next")
		path := jwksFile(t, old)
		record, changed := recorder()
		server := opened(t, auth.Config{JWT: jwtConfig(auth.JWT{JWKSFile: path})}, auth.Options{Logger: zap.NewNop(), Changed: record})
		trusttest.Replace(t, path, jwks(t, next))
		settle()
		_, err := call(t, server, next.sign(t, claims(nil)))
		require.NoError(t, err)
		_, err = call(t, server, old.sign(t, claims(nil)))
		require.ErrorContains(t, err, "unknown kid")
		require.Equal(t, []string{`auth.jwt.jwks_file: added "next"; removed "old"`}, changed())
	})
}
