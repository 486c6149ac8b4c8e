package kms_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

func newAEAD(t *testing.T) tink.AEAD {
	t.Helper()
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	require.NoError(t, err)
	key, err := aead.New(handle)
	require.NoError(t, err)
	return key
}

// fakeAWS speaks Encrypt and Decrypt of AWS KMS, for the keys it has.
func fakeAWS(t *testing.T, keys map[string]tink.AEAD) *httptest.Server {
	t.Helper()
	return serve(t, httptest.NewServer, func(w http.ResponseWriter, r *http.Request) error {
		var request struct {
			KeyID             string            `json:"KeyId"`             //nolint:tagliatelle // AWS names its fields so
			Plaintext         []byte            `json:"Plaintext"`         //nolint:tagliatelle // see above
			CiphertextBlob    []byte            `json:"CiphertextBlob"`    //nolint:tagliatelle // see above
			EncryptionContext map[string]string `json:"EncryptionContext"` //nolint:tagliatelle // see above
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		associated, key := []byte(request.EncryptionContext["associatedData"]), keys[request.KeyID]
		switch _, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); {
		case key == nil:
			w.WriteHeader(http.StatusBadRequest)
			return json.NewEncoder(w).Encode(map[string]any{"__type": "NotFoundException", "message": "no such key"})
		case call == "Encrypt":
			blob, err := key.Encrypt(request.Plaintext, associated)
			return errors.Join(err, json.NewEncoder(w).Encode(map[string]any{"CiphertextBlob": blob}))
		case call == "Decrypt":
			plaintext, err := key.Decrypt(request.CiphertextBlob, associated)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return json.NewEncoder(w).Encode(map[string]any{"__type": "InvalidCiphertextException"})
			}
			return json.NewEncoder(w).Encode(map[string]any{"Plaintext": plaintext})
		}
		return errors.New("unknown call " + r.Header.Get("X-Amz-Target"))
	})
}

const vaultToken = "a token"

// fakeVault speaks encrypt and decrypt of Vault's transit engine at the mount
// "transit", over TLS.
func fakeVault(t *testing.T, keys map[string]tink.AEAD) *httptest.Server {
	t.Helper()
	return serve(t, httptest.NewTLSServer, func(w http.ResponseWriter, r *http.Request) error {
		if r.Header.Get("X-Vault-Token") != vaultToken {
			w.WriteHeader(http.StatusForbidden)
			return json.NewEncoder(w).Encode(map[string]any{"errors": []string{"permission denied"}})
		}
		var request struct {
			Plaintext      []byte `json:"plaintext"`
			Ciphertext     string `json:"ciphertext"`
			AssociatedData []byte `json:"associated_data"`
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			return err
		}
		call, name := filepath.Split(strings.TrimPrefix(r.URL.Path, "/v1/transit/"))
		key := keys[name]
		if key == nil {
			return errors.New("no key " + name)
		}
		if call == "encrypt/" {
			ciphertext, err := key.Encrypt(request.Plaintext, request.AssociatedData)
			text := "vault:v1:" + base64.StdEncoding.EncodeToString(ciphertext)
			return errors.Join(err, json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"ciphertext": text}}))
		}
		ciphertext, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(request.Ciphertext, "vault:v1:"))
		plaintext, decryptErr := key.Decrypt(ciphertext, request.AssociatedData)
		if err = errors.Join(err, decryptErr); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return json.NewEncoder(w).Encode(map[string]any{"errors": []string{"cipher: message authentication failed"}})
		}
		return json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"plaintext": plaintext}})
	})
}

func serve(
	t *testing.T, start func(http.Handler) *httptest.Server, answer func(w http.ResponseWriter, r *http.Request) error,
) *httptest.Server {
	t.Helper()
	server := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server
}
