package fileupload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/postgres"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/sealed"
)

// data is what the service keeps: a catalog, and the store of the bytes.
type data struct {
	// lock is that of the data folder; nil when nothing is kept there.
	lock    *datafolder.Lock
	catalog catalog
	blobs   blobStore
	// label is where the store's identifier is written.
	label label
	// sealed is nil without a key; store is it, or else blobs.
	sealed *sealed.Store
	store  core.Store
	// streamBytes is what the store holds in memory for a stream at most.
	streamBytes int64
	// shared tells whether other replicas may use the catalog.
	shared bool
	// readOnly has the store of a folder opened to be looked at.
	readOnly bool
}

// catalog is a catalog that knows which store it belongs to.
type catalog interface {
	core.Catalog
	// StoreID is empty when it belongs to none yet.
	StoreID(ctx context.Context) (string, error)
	// BelongTo returns core.ErrExists when it belongs to one already.
	BelongTo(ctx context.Context, storeID string) error
	// Empty tells whether it knows no file and no upload.
	Empty(ctx context.Context) (bool, error)
}

type blobStore interface {
	core.Store
	io.Closer
}

// openData opens what the configuration names. A data folder is this process's
// alone. Without keys new files stay plain; a folder that was written with others
// is refused.
func openData(ctx context.Context, cfg Config, keys *seal.Keys) (*data, error) {
	return (&data{shared: cfg.shared()}).opened(ctx, cfg, keys)
}

func (d *data) opened(ctx context.Context, cfg Config, keys *seal.Keys) (*data, error) {
	if err := d.open(ctx, cfg, keys); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *data) open(ctx context.Context, cfg Config, keys *seal.Keys) (err error) {
	if cfg.usesFolder() {
		if d.lock, err = datafolder.Acquire(cfg.DataDir); err != nil {
			return err
		}
	}
	if err := d.openStore(ctx, cfg, keys); err != nil {
		return err
	}
	if err := d.openCatalog(ctx, cfg); err != nil {
		return err
	}
	if err := d.checkIdentity(ctx); err != nil {
		return fmt.Errorf("%s: %w", d.label, err)
	}
	return nil
}

func (d *data) openStore(ctx context.Context, cfg Config, keys *seal.Keys) error {
	if cfg.Blobs.Store == inBucket {
		return d.openBucket(ctx, cfg)
	}
	return d.openFolder(ctx, cfg.DataDir, keys)
}

func (d *data) openBucket(ctx context.Context, cfg Config) error {
	bucket, err := s3.Open(ctx, cfg.S3)
	if err != nil {
		return err
	}
	d.blobs, d.store, d.label, d.streamBytes = bucket, bucket, bucketLabel{bucket}, bucket.StreamBytes()
	return nil
}

func (d *data) openFolder(ctx context.Context, dir string, keys *seal.Keys) error {
	// First of all: without the key nothing in the folder may be touched.
	if err := d.checkKey(ctx, dir, keys); err != nil {
		return err
	}
	folder, err := d.openDisk(dir)
	if err != nil {
		return fmt.Errorf("data folder %s: %w", dir, err)
	}
	d.blobs, d.store, d.label = folder, folder, folderLabel(dir)
	if keys != nil {
		d.sealed = sealed.New(folder, keys)
		d.store = d.sealed
	}
	return nil
}

// checkKey refuses a folder that was written with another key, or with one when
// there is none. Where nothing may be written, a plain folder stays one.
func (d *data) checkKey(ctx context.Context, dir string, keys *seal.Keys) error {
	if d.readOnly {
		if encrypted, err := seal.HasCheck(dir); err != nil || !encrypted {
			return err
		}
	}
	return seal.CheckFolder(ctx, keys, dir)
}

func (d *data) openDisk(dir string) (blobStore, error) {
	if d.readOnly {
		return disk.OpenReadOnly(dir)
	}
	return disk.Open(dir)
}

func (d *data) openCatalog(ctx context.Context, cfg Config) error {
	if cfg.Catalog.Kind == inSQLite {
		opened, err := sqlite.Open(ctx, filepath.Join(cfg.DataDir, "catalog.db"))
		if err != nil {
			return adviseSQLite(err)
		}
		d.catalog = opened
		return nil
	}
	url, err := cfg.Catalog.url()
	if err != nil {
		return err
	}
	opened, err := postgres.Open(ctx, url)
	if err != nil {
		return fmt.Errorf("%s: %w", cfg.Catalog.urlSetting(), err)
	}
	d.catalog = opened
	return nil
}

// close closes what was opened, in reverse.
func (d *data) close() error {
	var errs []error
	if d.catalog != nil {
		errs = append(errs, d.catalog.Close())
	}
	if d.blobs != nil {
		errs = append(errs, d.blobs.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Release())
	}
	return errors.Join(errs...)
}
