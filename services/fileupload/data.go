package fileupload

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/sealed"
)

// data is what the service keeps in its folder.
type data struct {
	lock    *datafolder.Lock
	disk    *disk.Store
	catalog *sqlite.Catalog
	// sealed is nil without a key; store is it, or else disk.
	sealed *sealed.Store
	store  core.Store
}

// openData opens the folder for this process alone. Without keys new files stay
// plain; a folder that was written with others is refused.
func openData(ctx context.Context, dir string, keys *seal.Keys) (*data, error) {
	d := &data{}
	if err := d.open(ctx, dir, keys); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *data) open(ctx context.Context, dir string, keys *seal.Keys) (err error) {
	if d.lock, err = datafolder.Acquire(dir); err != nil {
		return err
	}
	if err := d.openStore(ctx, dir, keys); err != nil {
		return err
	}
	if d.catalog, err = sqlite.Open(ctx, filepath.Join(dir, "catalog.db")); err != nil {
		return err
	}
	if err := d.checkIdentity(ctx, filepath.Join(dir, "STORE_ID")); err != nil {
		return fmt.Errorf("data folder %s: %w", dir, err)
	}
	return nil
}

func (d *data) openStore(ctx context.Context, dir string, keys *seal.Keys) (err error) {
	// First of all: without the key nothing in the folder may be touched.
	if err := seal.CheckFolder(ctx, keys, dir); err != nil {
		return err
	}
	if d.disk, err = disk.Open(dir); err != nil {
		return fmt.Errorf("data folder %s: %w", dir, err)
	}
	d.store = d.disk
	if keys != nil {
		d.sealed = sealed.New(d.disk, keys)
		d.store = d.sealed
	}
	return nil
}

// close closes what was opened, in reverse.
func (d *data) close() error {
	var errs []error
	if d.catalog != nil {
		errs = append(errs, d.catalog.Close())
	}
	if d.disk != nil {
		errs = append(errs, d.disk.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Release())
	}
	return errors.Join(errs...)
}
