package postgres_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	testpostgres "github.com/sluice-ingest/sluice/libs/testkit/postgres"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/catalogtest"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/postgres"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Each test has a schema of its own, which is made faster than a database.
func TestConformance(t *testing.T) {
	url, schemas := testpostgres.Shared(t).NewDatabase(t), 0
	admin, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close(t.Context())) }()
	catalogtest.Run(t, func(t *testing.T) catalogtest.Opener {
		t.Helper()
		schemas++
		schema := fmt.Sprintf("place_%d", schemas)
		_, err := admin.Exec(t.Context(), "CREATE SCHEMA "+schema)
		require.NoError(t, err)
		return func(t *testing.T) core.Catalog {
			t.Helper()
			return openCatalog(t, url+"&search_path="+schema)
		}
	})
}

func openCatalog(t testing.TB, url string) *postgres.Catalog {
	t.Helper()
	catalog, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, catalog.Close()) })
	return catalog
}
