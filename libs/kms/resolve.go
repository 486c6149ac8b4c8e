// Package kms resolves the URIs of outer keys that are in a key management
// service. It is a module of its own, since it brings the services' SDKs along.
//
//	aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID
//	    AWS KMS. Credentials come from where the AWS SDK finds them: the
//	    environment, the shared files, the role of the machine.
//	hcvault://HOST[:PORT]/MOUNT/keys/NAME
//	    A transit key of HashiCorp Vault, over HTTPS. hcvault:///MOUNT/keys/NAME
//	    takes the server from VAULT_ADDR. The token is VAULT_TOKEN; the other
//	    variables of Vault's client hold too, such as VAULT_CACERT and
//	    VAULT_NAMESPACE. A token that ends is not renewed: give one without an
//	    end, or go through a Vault Agent.
//
// Of a data key that does not unwrap neither service tells whether another key
// wrapped it or whether it was altered; both are seal.ErrWrongKey here, so that
// nothing is taken for damaged that only needs another key.
package kms

import (
	"context"
	"fmt"
	"strings"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// Resolve is a [seal.Resolver]. It asks the service nothing.
func Resolve(ctx context.Context, uri string) (seal.Outer, error) {
	scheme, _, _ := strings.Cut(uri, "://")
	switch scheme {
	case "aws-kms":
		return newAWS(ctx, uri)
	case "hcvault":
		return newVault(uri)
	}
	return nil, fmt.Errorf("no KMS for %s:// is built in: use aws-kms://, hcvault:// or a keyset file", scheme)
}

var _ seal.Resolver = Resolve
