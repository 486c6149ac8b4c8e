// Package disk stores the bytes of files in a folder of a local file system.
//
// The folder holds
//
//	parts/<id>.part    what an upload has brought so far
//	blobs/<xx>/<id>    finished content; xx is a hash of the identifier
//	packs/<number>.pack
//	                   many small contents; the number has 16 hexadecimal digits
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
//
// # Packs
//
// A content of at most 64 KiB that is there as a whole is appended to a pack, with
// all that wait at that moment, by one write and one sync. Its blob's identifier
// says where it lies: <id>-p<number>-<offset>, both in hexadecimal. Nothing else
// does: there is no index. A discarded record is punched out of its pack, so that
// its room is free at once; a pack without records is unlinked. A pack is written
// to by one process and up to its first failure, and never again.
//
// A pack has blocks of 4,096 bytes; numbers are little-endian. The blocks 0 and 1
// both begin with its header:
//
//	 0  magic "SLPK"
//	 4  format version, 2 bytes: 1
//	 6  flags, 2 bytes: 1 in block 1 once the pack was ended
//	 8  number, 8 bytes
//	16  salt, 16 random bytes
//	32  CRC32C of the bytes before
//
// Every other block is a hole, or belongs to a record. A record begins with a
// block:
//
//	  0  magic "SLRC"
//	  4  format version, 2 bytes: 1
//	  6  length of the identifier, 2 bytes: 1 to 93
//	  8  length of the content, 4 bytes: 0 to 65,536
//	 12  CRC32C of the content
//	 16  identifier, and zeros up to 128 bytes
//	144  CRC32C of the salt, of the record's offset as 8 bytes, and of the bytes
//	     from 0 on
//	148  content, and zeros up to the end of a block
//
// What is no whole record of version 1 stays where it is, unless it is zeros at the
// end: it may be one that was damaged. A new version of records needs a new version
// of packs, since the walk through a pack takes a record that it does not know for a
// damaged one.
//
// The salt keeps contents from passing for records when a pack is read from front
// to back. Where the file system can't punch holes, every content is a file of its
// own.
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
	root  *os.Root
	packs *packs
	// packer is nil where nothing is packed.
	packer *packer
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
	s := &Store{root: root, packs: &packs{root: root}}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), root.Close())
	}
	return s, nil
}

func (s *Store) open() error {
	if err := s.makeFolders(); err != nil {
		return err
	}
	last, err := s.packs.settle(context.Background())
	if err != nil {
		return err
	}
	if s.packs.canPack() {
		s.packer = newPacker(s.packs, last+1)
		go s.packer.run()
	}
	return nil
}

// Close releases the store. Its parts and blobs are closed before.
func (s *Store) Close() error {
	var err error
	if s.packer != nil {
		err = s.packer.close()
	}
	return errors.Join(err, s.root.Close())
}

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

// Put appends a small content to a pack. A larger one gets a file of its own.
func (s *Store) Put(ctx context.Context, id string, content [][]byte) (blobID string, err error) {
	_, err = placeOf(id)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return "", err
	}
	one := newPacking(id, content)
	if s.packer == nil || one.size > maxPacked || len(id) > maxPackedIDLength {
		return core.PutAsPart(ctx, s, id, content)
	}
	return s.packer.put(ctx, one)
}

// Publish renames the part and syncs the blob's folder, with which the old name is
// gone: a file system that journals has both in one transaction. On another the
// part may be there again after a power cut, beside its blob.
func (s *Store) Publish(_ context.Context, id string) (blobID string, err error) {
	at, err := placeOf(id)
	if err != nil {
		return "", err
	}
	if err := s.root.Rename(at.part, at.blob); err != nil {
		return "", explain("publish part", err)
	}
	return id, s.syncFolders(at.folder)
}

// DiscardPart unlinks the part. The removal is not synced, as with Discard.
func (s *Store) DiscardPart(_ context.Context, id string) error {
	at, err := placeOf(id)
	if err != nil {
		return err
	}
	if err := s.root.Remove(at.part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain("discard part", err)
	}
	return nil
}

// Discard unlinks the part and the blob, or punches the blob out of its pack. The
// removal is not synced: after a power cut the bytes may be back, and Parts or Blobs
// yields them.
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
	return explain("discard", s.packs.discard(id))
}
