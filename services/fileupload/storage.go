package fileupload

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/sluice-ingest/sluice/libs/trustfile"
)

// The kinds of stores and catalogs.
const (
	onDisk     = "disk"
	inBucket   = "s3"
	inSQLite   = "sqlite"
	inPostgres = "postgres"
)

// BlobConfig says where the bytes of files are.
type BlobConfig struct {
	Store string `koanf:"store" help:"where the bytes of files are kept: disk, in the data folder, or s3"`
}

// CatalogConfig says where it is known what files and uploads there are.
type CatalogConfig struct {
	Kind    string `koanf:"kind" help:"what the catalog is kept in: sqlite, in the data folder, or postgres, which replicas can share when the bytes are in s3"`
	URL     string `koanf:"url" secret:"true" help:"PostgreSQL database, for example postgres://sluice:secret@db:5432/sluice?sslmode=verify-full"`
	URLFile string `koanf:"url_file" help:"file of mode 0600 that holds the URL, instead of it"`
}

// validateStorage returns every setting of stores and catalogs that can't be used.
func (c Config) validateStorage() error {
	return errors.Join(
		check(c.Blobs.Store == onDisk || c.Blobs.Store == inBucket, "blobs.store must be disk or s3"),
		check(c.Catalog.Kind == inSQLite || c.Catalog.Kind == inPostgres, "catalog.kind must be sqlite or postgres"),
		c.validateBucket(), c.validatePostgres(),
	)
}

func (c Config) validateBucket() error {
	if c.Blobs.Store != inBucket {
		given := strings.Join(c.S3.Given(), ", ")
		return check(given == "", "blobs.store is not s3, which these settings are for: "+given+": set it to s3, or leave them out")
	}
	return errors.Join(
		c.S3.Validate(), c.S3.CheckFileSize(c.largestFile()),
		check(!c.Encryption.Enabled(), "encryption.key can't be used with blobs.store s3, where what an upload has sent can't be read "+
			"before it is complete: let the bucket encrypt, or keep the bytes on disk"),
	)
}

func (c Config) validatePostgres() error {
	set := c.Catalog.URL != "" || c.Catalog.URLFile != ""
	if c.Catalog.Kind != inPostgres {
		return check(!set, "catalog.url is set and catalog.kind is not postgres: set both or none")
	}
	return errors.Join(
		check(set, "catalog.kind is postgres: name the database in catalog.url or catalog.url_file"),
		check(c.Catalog.URL == "" || c.Catalog.URLFile == "", "catalog.url and catalog.url_file are both set: keep one"),
	)
}

// largestFile is the largest that any tenant may store, in bytes.
func (c Config) largestFile() int64 {
	policies, _ := c.policies() // What can't be used is told by Validate.
	largest := policies.Default.MaxBytes
	for _, own := range policies.Tenants {
		largest = max(largest, own.MaxBytes)
	}
	return largest
}

// usesFolder tells whether anything is kept in the data folder.
func (c Config) usesFolder() bool {
	return c.Blobs.Store == onDisk || c.Catalog.Kind == inSQLite
}

// shared tells whether other replicas may use the catalog.
func (c Config) shared() bool { return c.Catalog.Kind == inPostgres }

// url returns the URL of the PostgreSQL database.
func (c CatalogConfig) url() (string, error) {
	if c.URLFile == "" {
		return c.URL, nil
	}
	text, err := trustfile.ReadSecret(c.URLFile)
	if err != nil {
		return "", fmt.Errorf("read catalog.url_file: %w", err)
	}
	url := strings.TrimSpace(string(text))
	if url == "" {
		return "", fmt.Errorf("catalog.url_file %s is empty: write the URL of the database into it", c.URLFile)
	}
	return url, nil
}

// urlSetting names where the URL is from.
func (c CatalogConfig) urlSetting() string {
	if c.URLFile == "" {
		return "catalog.url"
	}
	return "catalog.url_file " + c.URLFile
}

// adviseSQLite says what to do about a catalog that can't be opened.
func adviseSQLite(err error) error {
	failed, ok := errors.AsType[*driver.Error](err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: let the user that runs this read and write the data folder and all in it", err)
	case ok && (failed.Code()&0xff == sqlite3.SQLITE_NOTADB || failed.Code()&0xff == sqlite3.SQLITE_CORRUPT):
		return fmt.Errorf("%w: the catalog is damaged: keep a copy, and restore the data folder from a backup "+
			"as docs/operations.md says (A damaged catalog)", err)
	}
	return err
}
