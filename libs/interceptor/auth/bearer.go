package auth

import (
	"context"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// header is the metadata key of the credentials.
const header = "authorization"

// bearer returns the token of the call's authorization metadata, and false when
// there is no such metadata. howTo ends the errors.
func bearer(ctx context.Context, howTo string) (token string, sent bool, err error) {
	values := metadata.ValueFromIncomingContext(ctx, header)
	switch len(values) {
	case 0:
		return "", false, nil
	case 1:
	default:
		return "", true, problem.New(problem.CredentialsInvalid, "the call has the authorization metadata more than once: %s", howTo)
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return "", true, problem.New(problem.CredentialsInvalid, "the authorization metadata is not a bearer token: %s", howTo)
	}
	return token, true, nil
}
