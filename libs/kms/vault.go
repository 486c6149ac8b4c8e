package kms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// vaultTimeout ends a request, since Tink's client takes no context.
const vaultTimeout = 10 * time.Second

// vaultOuter is a transit key in HashiCorp Vault.
type vaultOuter struct {
	key tink.AEAD
}

func newVault(uri string) (seal.Outer, error) {
	location, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("use %s: %w", uri, err)
	}
	config := api.DefaultConfig() // This reads the environment.
	if config.Error != nil {
		return nil, fmt.Errorf("use %s: %w", uri, config.Error)
	}
	if location.Host != "" {
		config.Address = "https://" + location.Host
	}
	config.Timeout = vaultTimeout
	client, err := api.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("use %s: %w", uri, err)
	}
	key, err := hcvault.NewAEAD(location.EscapedPath(), client.Logical())
	if err != nil {
		return nil, fmt.Errorf("use %s: %w; write hcvault://HOST/MOUNT/keys/NAME", uri, err)
	}
	return vaultOuter{key}, nil
}

func (o vaultOuter) EncryptWithContext(ctx context.Context, plaintext, associated []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return o.key.Encrypt(plaintext, associated)
}

func (o vaultOuter) DecryptWithContext(ctx context.Context, ciphertext, associated []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	plaintext, err := o.key.Decrypt(ciphertext, associated)
	if response, ok := errors.AsType[*api.ResponseError](err); ok && response.StatusCode == http.StatusBadRequest {
		return nil, fmt.Errorf("%w: %w", seal.ErrWrongKey, err)
	}
	return plaintext, err
}
