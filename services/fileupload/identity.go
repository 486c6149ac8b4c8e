package fileupload

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// checkIdentity refuses a catalog that belongs to another store than the one with
// the label: to it nothing there would be known. Both carry the identifier of the
// store. They get one as long as both are empty, the catalog first, which only
// gives itself to one of several replicas; so a crash in between refuses nothing.
func (d *data) checkIdentity(ctx context.Context) error {
	store, err := d.label.read(ctx)
	if err != nil {
		return err
	}
	catalog, err := d.catalog.StoreID(ctx)
	if err != nil {
		return err
	}
	if store != "" && store == catalog {
		return nil
	}
	if err := d.checkNew(ctx, store, catalog); err != nil {
		return err
	}
	return d.identify(ctx, store, catalog)
}

// checkNew refuses what can't be a new store with a new catalog.
func (d *data) checkNew(ctx context.Context, store, catalog string) error {
	if store != "" && catalog != "" {
		return mismatch(fmt.Sprintf("it is of the store %s, and the label of the store %s", catalog, store))
	}
	content, err := d.hasContent(ctx)
	if err != nil {
		return err
	}
	empty, err := d.catalog.Empty(ctx)
	switch {
	case err != nil:
		return err
	case content && catalog == "":
		return mismatch("it is new, and there is content")
	case content || !empty:
		return mismatch(fmt.Sprintf("it is of the store %q, and there is no STORE_ID", catalog))
	}
	return nil
}

func mismatch(found string) error {
	return fmt.Errorf("the catalog does not belong to this store: %s; "+
		"restore the catalog (catalog.db, or the database) and the STORE_ID that do, or begin anew with an empty store and an empty catalog", found)
}

// hasContent tells whether the store has any part or blob.
func (d *data) hasContent(ctx context.Context) (bool, error) {
	for _, ids := range []iter.Seq2[string, error]{d.store.Parts(ctx), d.store.Blobs(ctx)} {
		for _, err := range ids {
			return err == nil, err
		}
	}
	return false, nil
}

// identify gives store and catalog the identifier that one of them has, or a new
// one.
func (d *data) identify(ctx context.Context, store, catalog string) error {
	id := store + catalog
	if id == "" {
		id = uuid.NewString()
	}
	if catalog == "" {
		belongs, err := d.claim(ctx, id)
		if err != nil {
			return err
		}
		id = belongs
	}
	if store != "" {
		return nil
	}
	if err := d.label.write(ctx, id); err != nil {
		return fmt.Errorf("write STORE_ID: %w", err)
	}
	return nil
}

// claim makes the catalog the store's, and returns whose it is: another replica
// may have been first.
func (d *data) claim(ctx context.Context, id string) (string, error) {
	err := d.catalog.BelongTo(ctx, id)
	if errors.Is(err, core.ErrExists) {
		return d.catalog.StoreID(ctx)
	}
	return id, err
}
