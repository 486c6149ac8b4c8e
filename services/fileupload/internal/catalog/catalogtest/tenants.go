package catalogtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var tenantContracts = []contract{
	{"tenants are those that have something, in order and in pages", listsTenants},
	{"a tenant stays listed as long as anything of it is there", listsTenantsWithRests},
}

func requireTenants(t *testing.T, catalog core.Catalog, after string, limit int, want ...string) {
	t.Helper()
	got, err := catalog.Tenants(t.Context(), after, limit)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func listsTenants(t *testing.T, open Opener) {
	catalog := open(t)
	requireTenants(t, catalog, "", 10)
	// Bytes are compared: no locale has these in this order.
	for _, tenant := range []string{"Zeta", "a-b", "ab", "ä"} {
		for _, id := range []string{"1", "2", "3"} {
			file := stored(tenant + id)
			file.Tenant = tenant
			createFiles(t, catalog, file)
		}
	}
	begun := receiving("begun")
	begun.Tenant = "aa"
	create(t, catalog, begun)
	all := []string{"Zeta", "a-b", "aa", "ab", "ä"}
	for limit := 1; limit <= len(all)+1; limit++ {
		for i, after := range append([]string{""}, all...) {
			requireTenants(t, catalog, after, limit, page(all[i:], limit)...)
		}
	}
	requireTenants(t, catalog, "aab", 1, "ab")
}

// page is the beginning of a list, nil when there is none.
func page(list []string, limit int) []string {
	if len(list) == 0 {
		return nil
	}
	return list[:min(limit, len(list))]
}

func listsTenantsWithRests(t *testing.T, open Opener) {
	catalog := open(t)
	held := stored("held")
	held.Tenant, held.Status, held.Quarantine = "held", core.FileQuarantined, "because"
	createFiles(t, catalog, held)
	aborted := receiving("aborted")
	aborted.Tenant = "aborted"
	create(t, catalog, aborted)
	require.NoError(t, catalog.AbortUpload(t.Context(), aborted.UploadKey, at(2), at(3)))
	gone := stored("gone")
	gone.Tenant = "gone"
	createFiles(t, catalog, gone)
	requireOrphan(t, catalog, gone, gone.BlobID)
	requireTenants(t, catalog, "", 10, "aborted", "gone", "held")
}
