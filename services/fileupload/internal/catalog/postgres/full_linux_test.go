package postgres_test

import (
	"crypto/rand"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	testpostgres "github.com/sluice-ingest/sluice/libs/testkit/postgres"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// A full disk refuses changes, keeps what was committed, and takes changes again
// once there is room.
func TestFullDisk(t *testing.T) {
	small := testkit.SmallDisk(t, 8<<20)
	ballast := filepath.Join(small, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 3<<20), 0o600))
	server := testpostgres.Start(t)
	url := server.NewDatabase(t)
	makeTablespace(t, url, filepath.Join(small, "space"))
	catalog := openCatalog(t, url+"&default_tablespace=small")

	var committed []string
	refused := fillUp(t, catalog, &committed)
	require.NotEmpty(t, committed)
	require.False(t, isWhole(t, catalog, refused))
	for _, id := range committed {
		require.True(t, isWhole(t, catalog, id))
	}
	require.NoError(t, os.Remove(ballast))
	_, err := catalog.CompleteUpload(t.Context(), finished(refused))
	require.NoError(t, err)
	require.True(t, isWhole(t, catalog, refused))
}

// makeTablespace makes the tablespace small, whose folder has to be that of the
// server's user.
func makeTablespace(t *testing.T, url, dir string) {
	t.Helper()
	require.NoError(t, os.Mkdir(dir, 0o700))
	if os.Geteuid() == 0 {
		for _, above := range []string{"..", "../..", "../../.."} { // The test's own folders.
			require.NoError(t, os.Chmod(filepath.Join(dir, above), 0o711))
		}
		owner, err := user.Lookup("postgres")
		require.NoError(t, err)
		uid, err := strconv.Atoi(owner.Uid)
		require.NoError(t, err)
		require.NoError(t, os.Chown(dir, uid, -1))
	}
	admin, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close(t.Context())) }()
	_, err = admin.Exec(t.Context(), "CREATE TABLESPACE small LOCATION '"+dir+"'")
	require.NoError(t, err)
}

// fillUp completes uploads until one is refused, which it returns.
func fillUp(t *testing.T, catalog core.Catalog, committed *[]string) string {
	t.Helper()
	for {
		completion := finished(uuid.NewString())
		completion.Upload.Metadata = map[string]string{"bulk": incompressible(10_000)}
		_, err := catalog.CompleteUpload(t.Context(), completion)
		if err != nil {
			require.ErrorIs(t, err, core.ErrNoSpace)
			return completion.File.ID
		}
		*committed = append(*committed, completion.File.ID)
	}
}

func incompressible(size int) string {
	var text strings.Builder
	for text.Len() < size {
		text.WriteString(rand.Text())
	}
	return text.String()
}
