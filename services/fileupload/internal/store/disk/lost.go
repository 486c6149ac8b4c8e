package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// lostTime is the form of the moment that a lost file's name begins with. The
// name has it because a blob may share its inode, and so its times, with a
// copy.
const lostTime = "20060102T150405Z"

// SetAside moves a blob into the folder of lost files, durably. When the sync behind
// the move fails the blob has moved all the same.
func (s *Store) SetAside(_ context.Context, id string) (moved bool, err error) {
	at, err := placeOf(id)
	if err != nil {
		return false, err
	}
	target := at.lost(time.Now())
	movedPacked, err := s.packs.setAside(id, target)
	if err != nil {
		return movedPacked, explain("set blob aside", err)
	}
	moved, err = s.setFileAside(at, target)
	return moved || movedPacked, err
}

// setFileAside renames a file and syncs both folders.
func (s *Store) setFileAside(at place, target string) (moved bool, err error) {
	err = s.root.Rename(at.blob, target)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, explain("set blob aside", err)
	}
	return true, s.syncFolders(lostFolder, at.folder)
}

// PurgeSetAside unlinks the lost files of an earlier time. Files with other
// names stay.
func (s *Store) PurgeSetAside(ctx context.Context, before time.Time) (removed int, err error) {
	dir, err := s.root.Open(lostFolder)
	if err != nil {
		return 0, explain("purge what was set aside", err)
	}
	defer func() { _ = dir.Close() }() // It was only read.
	for {
		names, err := readNames(ctx, dir)
		n, purgeErr := s.purge(names, before)
		removed += n
		switch {
		case purgeErr != nil:
			return removed, explain("purge what was set aside", purgeErr)
		case errors.Is(err, io.EOF):
			return removed, nil
		case err != nil:
			return removed, explain("purge what was set aside", err)
		}
	}
}

func (s *Store) purge(names []string, before time.Time) (removed int, err error) {
	for _, name := range names {
		since, ok := lostSince(name)
		if !ok || !since.Before(before) {
			continue
		}
		if err := s.root.Remove(path.Join(lostFolder, name)); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// lost is where the blob goes that is set aside at now.
func (p place) lost(now time.Time) string {
	return fmt.Sprintf("%s/%s.%s.%s", lostFolder, now.UTC().Format(lostTime), path.Base(p.folder), path.Base(p.blob))
}

// lostSince returns when the file of this name was set aside, and false for a
// file that is not the store's.
func lostSince(name string) (time.Time, bool) {
	stamp, rest, _ := strings.Cut(name, ".")
	_, id, _ := strings.Cut(rest, ".")
	since, err := time.Parse(lostTime, stamp)
	return since, err == nil && validID(id)
}
