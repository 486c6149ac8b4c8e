package tests

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// tenantKeys are API keys: alice and bob are of two tenants; carol is of
// alice's.
type tenantKeys struct {
	file              string
	alice, bob, carol string
}

func makeTenantKeys(t *testing.T) tenantKeys {
	t.Helper()
	set := new(apikey.Set)
	add := func(tenant, subject string) string {
		text, key, err := apikey.Generate(apikey.Key{
			Tenant: tenant, Subject: subject, Scopes: []principal.Scope{principal.All},
		}, time.Now())
		require.NoError(t, err)
		require.NoError(t, set.Add(key))
		return text
	}
	keys := tenantKeys{file: filepath.Join(t.TempDir(), "keys.yaml")}
	keys.alice, keys.bob, keys.carol = add("acme", "alice"), add("umbrella", "bob"), add("acme", "carol")
	require.NoError(t, apikey.Save(keys.file, set))
	return keys
}
