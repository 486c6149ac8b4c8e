package kms

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// awsOuter is a key in AWS KMS.
type awsOuter struct {
	seal.Outer
}

func newAWS(ctx context.Context, uri string) (seal.Outer, error) {
	key, err := awskms.NewAEADWithContext(ctx, strings.TrimPrefix(uri, "aws-kms://"))
	if err != nil {
		return nil, fmt.Errorf("use %s: %w", uri, err)
	}
	return awsOuter{key}, nil
}

func (o awsOuter) DecryptWithContext(ctx context.Context, ciphertext, associated []byte) ([]byte, error) {
	plaintext, err := o.Outer.DecryptWithContext(ctx, ciphertext, associated)
	_, invalid := errors.AsType[*types.InvalidCiphertextException](err)
	_, incorrect := errors.AsType[*types.IncorrectKeyException](err)
	if invalid || incorrect {
		return nil, fmt.Errorf("%w: %w", seal.ErrWrongKey, err)
	}
	return plaintext, err
}
