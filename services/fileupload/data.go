package fileupload

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

// data is what the service keeps in its folder.
type data struct {
	lock    *datafolder.Lock
	store   *disk.Store
	catalog *sqlite.Catalog
}

// openData opens the folder for this process alone.
func openData(ctx context.Context, dir string) (*data, error) {
	d := &data{}
	if err := d.open(ctx, dir); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *data) open(ctx context.Context, dir string) (err error) {
	if d.lock, err = datafolder.Acquire(dir); err != nil {
		return err
	}
	if d.store, err = disk.Open(dir); err != nil {
		return fmt.Errorf("data folder %s: %w", dir, err)
	}
	if d.catalog, err = sqlite.Open(ctx, filepath.Join(dir, "catalog.db")); err != nil {
		return err
	}
	if err := d.checkIdentity(ctx, filepath.Join(dir, "STORE_ID")); err != nil {
		return fmt.Errorf("data folder %s: %w", dir, err)
	}
	return nil
}

// close closes what was opened, in reverse.
func (d *data) close() error {
	var errs []error
	if d.catalog != nil {
		errs = append(errs, d.catalog.Close())
	}
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Release())
	}
	return errors.Join(errs...)
}
