package postgres

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	testpostgres "github.com/sluice-ingest/sluice/libs/testkit/postgres"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func testCatalog(t *testing.T, url string) *Catalog {
	t.Helper()
	catalog, err := Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, catalog.Close()) })
	return catalog
}

// No statement reads a whole table, and pages come out of an index in their
// order, except that hits by prefix are ordered among themselves. The plans are
// those for parameters that are not known.
func TestStatementsUseIndexes(t *testing.T) {
	url := testpostgres.Shared(t).NewDatabase(t)
	testCatalog(t, url)
	session, err := pgx.Connect(t.Context(), url+"&plan_cache_mode=force_generic_plan"+
		"&enable_seqscan=off&enable_bitmapscan=off&enable_sort=off&enable_incremental_sort=off")
	require.NoError(t, err)
	defer func() { require.NoError(t, session.Close(context.Background())) }()
	scan := regexp.MustCompile(`Seq Scan on (uploads|files)`)
	for i, statement := range []string{
		putUpload, finishUpload, findUpload, continueUpload, saveCheckpoint, forgetUpload, abortUpload, isReceiving,
		expireReceiving, removeExpired, endUploads, releaseUploads, listUploads, expiredUploads, reserve, findUsage,
		insertFile, copyFile, findFile, updateFile, releaseFile, deleteFile, expireFile, contentOfFile, isShared,
		listFiles, listFilesNamed, expiredFiles,
		findContent, leastVerified, filesOf, saveVerdict, contentsOfBlobs, unwantedParts, unwantedBlobs,
	} {
		plan := planOf(t, session, fmt.Sprintf("s%d", i), statement)
		require.NotRegexp(t, scan, plan, statement)
		if statement != listFilesNamed && statement != contentsOfBlobs {
			require.NotContains(t, plan, "Sort", statement)
		}
	}
}

func planOf(t *testing.T, session *pgx.Conn, name, statement string) string {
	t.Helper()
	prepared, err := session.Prepare(t.Context(), name, statement)
	require.NoError(t, err, statement)
	parameters := strings.TrimPrefix(strings.Repeat(", NULL", len(prepared.ParamOIDs)), ", ")
	rows, err := session.Query(t.Context(), "EXPLAIN EXECUTE "+name+"("+parameters+")", pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}

func TestReplicasMigrateAtOnce(t *testing.T) {
	url := testpostgres.Shared(t).NewDatabase(t)
	var replicas sync.WaitGroup
	errs := make([]error, 5)
	for i := range errs {
		replicas.Go(func() {
			catalog, err := Open(t.Context(), url)
			if errs[i] = err; err == nil {
				errs[i] = catalog.Close()
			}
		})
	}
	replicas.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	url := testpostgres.Shared(t).NewDatabase(t)
	catalog := testCatalog(t, url)
	_, err := catalog.pool.Exec(t.Context(), "INSERT INTO "+schemaTable+" (version_id, is_applied) VALUES (99999, true)")
	require.NoError(t, err)
	_, err = Open(t.Context(), url)
	require.ErrorContains(t, err, "use the newer program")
}

func TestSessionsAreSetUp(t *testing.T) {
	url := testpostgres.Shared(t).NewDatabase(t)
	_, err := testCatalog(t, url).pool.Exec(t.Context(), "ALTER ROLE CURRENT_USER SET synchronous_commit = off")
	require.NoError(t, err)
	for given, want := range map[string]map[string]string{
		"": {
			"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min",
			"application_name": "sluice-fileupload", "synchronous_commit": "on",
		},
		"&lock_timeout=7&application_name=mine": {"statement_timeout": "30s", "lock_timeout": "7ms", "application_name": "mine"},
	} {
		catalog := testCatalog(t, url+given)
		for setting, value := range want {
			got, err := find(t.Context(), catalog, scanText, "SELECT current_setting($1)", setting)
			require.NoError(t, err)
			require.Equal(t, value, got, setting)
		}
	}
}

func TestAddressesAreCompleted(t *testing.T) {
	config, err := parse("postgres://u@h/d")
	require.NoError(t, err)
	require.EqualValues(t, defaultSessions, config.MaxConns)
	require.Equal(t, defaultConnectTimeout, config.ConnConfig.ConnectTimeout)
	config, err = parse("host=h pool_max_conns=3 connect_timeout=2")
	require.NoError(t, err)
	require.EqualValues(t, 3, config.MaxConns)
	require.Equal(t, 2*time.Second, config.ConnConfig.ConnectTimeout)
	_, err = parse("postgres://u:secret@h:port/d")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "secret")
}

// A status that stands for a moment only, and a receipt without a file, are
// refused by the schema itself.
func TestSchemaRefusesWhatCannotBe(t *testing.T) {
	catalog, receipt := testCatalog(t, testpostgres.Shared(t).NewDatabase(t)), &core.Receipt{}
	for name, upload := range map[string]core.Upload{
		"a passing status":             {Status: core.Verifying},
		"a receipt of an unfinished":   {Status: core.Receiving, Receipt: receipt},
		"a finished without receipt":   {Status: core.Available},
		"a tombstone with its receipt": {Status: core.Deleted, Receipt: receipt},
		"a tombstone that reserves":    {Status: core.Expired, Reserved: 1},
	} {
		upload.CreatedAt, upload.UpdatedAt = time.Now(), time.Now()
		require.ErrorContains(t, catalog.CreateUpload(t.Context(), upload, core.Quota{}), "violates check constraint", name)
	}
}

// Two transactions that lock the same in opposite order both end: one of them at its
// second try.
func TestADeadlockIsTriedAgain(t *testing.T) {
	catalog := testCatalog(t, testpostgres.Shared(t).NewDatabase(t)+"&deadlock_timeout=50")
	var both sync.WaitGroup
	var met sync.WaitGroup
	met.Add(2)
	tries := make([]int, 2)
	for i, keys := range [][]lockKey{{1, 2}, {2, 1}} {
		both.Go(func() {
			err := catalog.transact(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
				if err := acquire(ctx, tx, keys[0]); err != nil {
					return err
				}
				tries[i]++
				if tries[i] == 1 {
					met.Done()
					met.Wait()
				}
				return acquire(ctx, tx, keys[1])
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	require.Equal(t, 3, tries[0]+tries[1])
}

func TestALockThatIsHeldTooLongIsAnError(t *testing.T) {
	catalog := testCatalog(t, testpostgres.Shared(t).NewDatabase(t)+"&lock_timeout=50")
	err := catalog.transact(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if err := acquire(ctx, tx, contentLock("acme", "sum")); err != nil {
			return err
		}
		file := core.File{ID: "copy", Tenant: "acme", Checksum: "sum", CreatedAt: time.Now(), UpdatedAt: time.Now()}
		return catalog.CopyFile(ctx, "from", file, core.Quota{})
	})
	require.ErrorContains(t, err, "lock timeout")
	require.NotErrorIs(t, err, core.ErrNotFound)
}

func TestTheCatalogBelongsToOneStore(t *testing.T) {
	url := testpostgres.Shared(t).NewDatabase(t)
	first, second := testCatalog(t, url), testCatalog(t, url)
	id, err := first.StoreID(t.Context())
	require.NoError(t, err)
	require.Empty(t, id)
	empty, err := first.Empty(t.Context())
	require.NoError(t, err)
	require.True(t, empty)
	require.NoError(t, first.BelongTo(t.Context(), "store"))
	require.ErrorIs(t, second.BelongTo(t.Context(), "other"), core.ErrExists)
	id, err = second.StoreID(t.Context())
	require.NoError(t, err)
	require.Equal(t, "store", id)
	upload := core.Upload{Status: core.Receiving, CreatedAt: time.Now(), UpdatedAt: time.Now()}
	require.NoError(t, first.CreateUpload(t.Context(), upload, core.Quota{}))
	empty, err = second.Empty(t.Context())
	require.NoError(t, err)
	require.False(t, empty)
}
