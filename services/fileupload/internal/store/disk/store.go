// Package disk stores the bytes of files in a folder of a local file system.
//
// The folder holds
//
//	parts/<id>.part    what an upload has brought so far
//	blobs/<xx>/<id>    finished content; xx is a hash of the identifier
//	lost/<time>.<xx>.<id>
//	                   a blob that was set aside at a time in UTC; moved to
//	                   blobs/<xx>/<id> it is back
//
// Folders have the mode 0700 and files 0600. Names are made from identifiers of
// a to z, 0 to 9 and '-', and every access goes through an [os.Root], so that
// nothing outside the folder is ever touched. Files with other names are left
// alone.
//
// A part becomes a blob by a rename, so all folders must be on one file
// system. One process at a time may use a folder.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Store is a [core.Store] in a folder.
type Store struct {
	root *os.Root
}

var _ core.Store = (*Store)(nil)

// Open opens the store in the folder dir and makes what is missing of it, the
// folder itself included. The folders are durable when it returns. The caller
// closes the store.
func Open(dir string) (*Store, error) {
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{root: root}
	if err := s.makeFolders(); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), root.Close())
	}
	return s, nil
}

// Close releases the store. Its parts and blobs are closed before.
func (s *Store) Close() error { return s.root.Close() }

// Create begins an empty part. Its name is durable with the first Sync.
func (s *Store) Create(_ context.Context, id string) (core.Part, error) {
	at, err := placeOf(id)
	if err != nil {
		return nil, err
	}
	file, err := s.root.OpenFile(at.part, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, explain("create part", err)
	}
	return newPart(s, file, 0), nil
}

// Publish renames the part and syncs the blob's folder, with which the old name is
// gone: a file system that journals has both in one transaction. On another the
// part may be there again after a power cut, beside its blob.
func (s *Store) Publish(_ context.Context, id string) error {
	at, err := placeOf(id)
	if err != nil {
		return err
	}
	if err := s.root.Rename(at.part, at.blob); err != nil {
		return explain("publish part", err)
	}
	return s.syncFolders(at.folder)
}

// Discard unlinks the part and the blob. The removal is not synced: after a
// power cut the bytes may be back, and Parts or Blobs yields them.
func (s *Store) Discard(_ context.Context, id string) error {
	at, err := placeOf(id)
	if err != nil {
		return err
	}
	for _, name := range []string{at.part, at.blob} {
		if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return explain("discard", err)
		}
	}
	return nil
}
