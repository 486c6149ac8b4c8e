package fileupload

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheURLOfTheDatabaseIsReadFromItsOwnersFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(path, []byte("postgres://ann:secret@db/sluice\n"), 0o600))
	url, err := CatalogConfig{URLFile: path}.url()
	require.NoError(t, err)
	require.Equal(t, "postgres://ann:secret@db/sluice", url)

	cfg := inFolder(t.TempDir())
	cfg.Catalog.Kind, cfg.Catalog.URLFile = inPostgres, path
	require.NoError(t, os.Chmod(path, 0o644))
	_, err = openData(t.Context(), cfg, nil)
	require.ErrorContains(t, err, "read catalog.url_file: "+path+" has mode 0644: others may read or write it; run chmod 600 on it")

	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.WriteFile(path, []byte("\n"), 0o600))
	_, err = openData(t.Context(), cfg, nil)
	require.ErrorContains(t, err, "catalog.url_file "+path+" is empty")
}

func TestAnErrorOfTheDatabaseNamesItsSetting(t *testing.T) {
	const url = "postgres://ann:secret@db/sluice?sslmode=some"
	path := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(path, []byte(url), 0o600))
	for setting, catalog := range map[string]CatalogConfig{
		"catalog.url":              {Kind: inPostgres, URL: url},
		"catalog.url_file " + path: {Kind: inPostgres, URLFile: path},
	} {
		cfg := inFolder(t.TempDir())
		cfg.Catalog = catalog
		_, err := openData(t.Context(), cfg, nil)
		require.EqualError(t, err, setting+": open catalog: the address of the database can't be used: failed to configure TLS (sslmode is invalid)")
	}
}

func TestADamagedCatalogIsRefusedWithAdvice(t *testing.T) {
	for name, damage := range map[string]func(catalog []byte) []byte{
		"no database": func([]byte) []byte { return []byte("no database") },
		"malformed": func(catalog []byte) []byte {
			return append(catalog[:100:100], bytes.Repeat([]byte{0xff}, len(catalog)-100)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := open(t, dir)
			acknowledge(t, d, "stored")
			require.NoError(t, d.close())
			path := filepath.Join(dir, "catalog.db")
			catalog, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, damage(catalog), 0o600))
			for range 2 {
				_, err = openData(t.Context(), inFolder(dir), nil)
				require.ErrorContains(t, err, "restore the data folder from a backup as docs/operations.md says (A damaged catalog)")
				_, err = Check(t.Context(), checkOf(dir))
				require.ErrorContains(t, err, "the catalog is damaged")
			}
		})
	}
}

func TestACatalogThatMayNotBeReadIsRefusedWithAdvice(t *testing.T) {
	err := adviseSQLite(fmt.Errorf("open catalog: %w", fs.ErrPermission))
	require.ErrorContains(t, err, "let the user that runs this read and write the data folder")
	require.ErrorIs(t, err, fs.ErrPermission)
}
