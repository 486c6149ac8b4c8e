package api_test

import (
	"context"
	"encoding/json"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

// byGrants is rpctest.ByName with the grants that [granted] names.
type byGrants struct {
	rpctest.ByName
}

// Authenticate implements auth.Authenticator.
func (a byGrants) Authenticate(ctx context.Context) (principal.Principal, error) {
	p, err := a.ByName.Authenticate(ctx)
	for _, encoded := range metadata.ValueFromIncomingContext(ctx, "grants-bin") {
		if err == nil {
			err = json.Unmarshal([]byte(encoded), &p.Grants)
		}
	}
	return p, err
}

// granted makes the calls with ctx those of a principal with
// grants.
func granted(ctx context.Context, t require.TestingT, grants principal.Grants) context.Context {
	require.NoError(t, grants.Validate())
	encoded, err := json.Marshal(grants)
	require.NoError(t, err)
	return metadata.AppendToOutgoingContext(ctx, "grants-bin", string(encoded))
}
