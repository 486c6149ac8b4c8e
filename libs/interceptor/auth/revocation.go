package auth

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// revocation is shared by all calls that were let in by the same key or rule.
// Its context is done when that is taken back.
type revocation struct {
	ctx    context.Context //nolint:containedctx // it stands for the credentials' life, not for a call
	revoke context.CancelCauseFunc
}

func newRevocation() *revocation {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &revocation{ctx: ctx, revoke: cancel}
}

func (r *revocation) end() {
	r.revoke(problem.New(problem.CredentialsRevoked, "the credentials were revoked, or mean something else now"))
}
