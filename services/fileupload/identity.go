package fileupload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

// checkIdentity refuses a catalog that belongs to other content than the
// folder's: to it nothing there would be known. Both carry the identifier of
// the store, the folder in the file path. They get one as long as both are
// empty, the folder first; so a crash in between refuses nothing.
func (d *data) checkIdentity(ctx context.Context, path string) error {
	folder, err := readStoreID(path)
	if err != nil {
		return err
	}
	catalog, err := d.catalog.StoreID(ctx)
	if err != nil {
		return err
	}
	if folder != "" && folder == catalog {
		return nil
	}
	if err := d.checkNew(ctx, folder, catalog); err != nil {
		return err
	}
	return d.identify(ctx, path, folder, catalog)
}

// checkNew refuses what can't be a new folder with a new catalog.
func (d *data) checkNew(ctx context.Context, folder, catalog string) error {
	if folder != "" && catalog != "" {
		return mismatch(fmt.Sprintf("it is of the store %s, and the folder of the store %s", catalog, folder))
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
		return mismatch("it is new, and the folder has content")
	case content || !empty:
		return mismatch(fmt.Sprintf("it is of the store %q, and the folder has no STORE_ID", catalog))
	}
	return nil
}

func mismatch(found string) error {
	return fmt.Errorf("catalog.db does not belong to this folder: %s; "+
		"restore the catalog.db and the STORE_ID that do, or move the whole folder away to begin anew", found)
}

// hasContent tells whether the folder has any part or blob.
func (d *data) hasContent(ctx context.Context) (bool, error) {
	for _, ids := range []iter.Seq2[string, error]{d.store.Parts(ctx), d.store.Blobs(ctx)} {
		for _, err := range ids {
			return err == nil, err
		}
	}
	return false, nil
}

// identify gives folder and catalog the identifier that one of them has, or a
// new one.
func (d *data) identify(ctx context.Context, path, folder, catalog string) error {
	id := folder + catalog
	if id == "" {
		id = uuid.NewString()
	}
	if folder == "" {
		if err := writeStoreID(path, id); err != nil {
			return fmt.Errorf("write STORE_ID: %w", err)
		}
	}
	if catalog == "" {
		return d.catalog.BelongTo(ctx, id)
	}
	return nil
}

// readStoreID returns what the file holds, empty when it is not there.
func readStoreID(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read STORE_ID: %w", err)
	}
	id, err := uuid.Parse(strings.TrimSpace(string(text)))
	if err != nil {
		return "", fmt.Errorf("STORE_ID is damaged: %w; restore it", err)
	}
	return id.String(), nil
}

// writeStoreID makes the file, whole and durable or not at all.
func writeStoreID(path, id string) error {
	draft := path + ".new"
	file, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(id + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
