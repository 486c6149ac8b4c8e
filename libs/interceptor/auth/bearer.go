package auth

import (
	"context"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// header is the metadata key of the credentials.
const header = "authorization"

const howTo = `send the metadata "authorization: Bearer <API key>" with a key from "sluice keys create"`

// bearer returns the token of the call's authorization metadata.
func bearer(ctx context.Context) (string, error) {
	values := metadata.ValueFromIncomingContext(ctx, header)
	switch len(values) {
	case 0:
		return "", problem.New(problem.CredentialsMissing, "the call has no credentials: %s", howTo)
	case 1:
	default:
		return "", problem.New(problem.CredentialsInvalid, "the call has the authorization metadata more than once: %s", howTo)
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return "", problem.New(problem.CredentialsInvalid, "the authorization metadata is not a bearer token: %s", howTo)
	}
	return token, nil
}
