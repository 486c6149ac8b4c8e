package kms_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sluice-ingest/sluice/libs/kms"
	"github.com/sluice-ingest/sluice/libs/seal"
)

const (
	arn      = "arn:aws:kms:eu-central-1:111122223333:key/one"
	otherARN = "arn:aws:kms:eu-central-1:111122223333:key/other"
)

func useAWS(t *testing.T, server *httptest.Server) {
	t.Helper()
	t.Setenv("AWS_ENDPOINT_URL_KMS", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
}

func useVault(t *testing.T, server *httptest.Server, token string) (host string) {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(block), 0o600))
	t.Setenv("VAULT_CACERT", ca)
	t.Setenv("VAULT_TOKEN", token)
	t.Setenv("VAULT_MAX_RETRIES", "0")
	return strings.TrimPrefix(server.URL, "https://")
}

func open(t *testing.T, uri string) *seal.Keys {
	t.Helper()
	cfg := seal.Config{Key: uri}
	require.NoError(t, cfg.Validate())
	keys, err := seal.Open(t.Context(), cfg, kms.Resolve)
	require.NoError(t, err)
	return keys
}

// requireWorks checks that keys wrap and unwrap, and that others of the same
// service do not unwrap what they wrapped.
func requireWorks(t *testing.T, keys, others *seal.Keys) {
	t.Helper()
	key, wrapped, err := keys.New(t.Context(), "file/a")
	require.NoError(t, err)
	again, err := keys.Unwrap(t.Context(), wrapped, "file/a")
	require.NoError(t, err)
	opened, err := again.Open(nil, key.Seal(nil, []byte("text"), nil), nil)
	require.NoError(t, err)
	require.Equal(t, "text", string(opened))

	_, err = keys.Unwrap(t.Context(), wrapped, "file/b")
	require.ErrorIs(t, err, seal.ErrWrongKey)
	_, err = others.Unwrap(t.Context(), wrapped, "file/a")
	require.ErrorIs(t, err, seal.ErrWrongKey)
	require.NotErrorIs(t, err, seal.ErrDamaged)
}

func TestAWS(t *testing.T) {
	useAWS(t, fakeAWS(t, map[string]tink.AEAD{arn: newAEAD(t), otherARN: newAEAD(t)}))
	requireWorks(t, open(t, "aws-kms://"+arn), open(t, "aws-kms://"+otherARN))
}

func TestVault(t *testing.T) {
	server := fakeVault(t, map[string]tink.AEAD{"one": newAEAD(t), "other": newAEAD(t)})
	host := useVault(t, server, vaultToken)
	requireWorks(t, open(t, "hcvault://"+host+"/transit/keys/one"), open(t, "hcvault://"+host+"/transit/keys/other"))
	t.Setenv("VAULT_ADDR", server.URL)
	requireWorks(t, open(t, "hcvault:///transit/keys/one"), open(t, "hcvault:///transit/keys/other"))
}

func TestAServiceThatRefusesIsNoWrongKey(t *testing.T) {
	vault := useVault(t, fakeVault(t, nil), "another token")
	useAWS(t, fakeAWS(t, nil))
	for _, uri := range []string{"hcvault://" + vault + "/transit/keys/one", "aws-kms://" + arn} {
		_, _, err := open(t, uri).New(t.Context(), "file/a")
		require.ErrorContains(t, err, uri)
		_, err = open(t, uri).Unwrap(t.Context(), []byte("\x01wrapped"), "file/a")
		require.Error(t, err)
		require.NotErrorIs(t, err, seal.ErrWrongKey)
		require.NotErrorIs(t, err, seal.ErrDamaged)
	}
}

func TestAServiceThatIsDownIsNoWrongKey(t *testing.T) {
	server := fakeVault(t, nil)
	vault := useVault(t, server, vaultToken)
	server.Close()
	_, err := open(t, "hcvault://"+vault+"/transit/keys/one").Unwrap(t.Context(), []byte("\x01wrapped"), "file/a")
	require.ErrorContains(t, err, "refused")
	require.NotErrorIs(t, err, seal.ErrWrongKey)
}

func TestURIsThatCannotBe(t *testing.T) {
	for uri, want := range map[string]string{
		"gcp-kms://projects/p":           "no KMS for gcp-kms:// is built in",
		"hcvault://127.0.0.1/transit/x":  "write hcvault://HOST/MOUNT/keys/NAME",
		"hcvault://127.0.0.1:x/a/keys/b": "use hcvault://",
		"aws-kms://no-arn":               "use aws-kms://no-arn",
	} {
		_, err := kms.Resolve(t.Context(), uri)
		require.ErrorContains(t, err, want)
	}
}
