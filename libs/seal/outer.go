package seal

import "context"

// Outer encrypts data keys; Tink calls it AEADWithContext. Safe for concurrent
// use. DecryptWithContext wraps [ErrWrongKey] when the ciphertext was made with
// a key that it has not got, and [ErrDamaged] when the ciphertext or the
// associated data are not what was encrypted, as far as it can tell. Any other
// error is a KMS that does not answer or refuses.
type Outer interface {
	EncryptWithContext(ctx context.Context, plaintext, associated []byte) ([]byte, error)
	DecryptWithContext(ctx context.Context, ciphertext, associated []byte) ([]byte, error)
}

// Resolver returns the outer key at the URI of a KMS, such as
// aws-kms://arn:aws:kms:... It may ask the KMS nothing yet.
type Resolver func(ctx context.Context, uri string) (Outer, error)
