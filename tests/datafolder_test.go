package tests

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
)

// dataFolder is what a data folder holds of content: the sizes by identifiers.
type dataFolder struct {
	parts, blobs, lost map[string]int64
	// packs has the room that each pack takes on the disk.
	packs map[string]int64
	// others are the files that nobody knows, relative to the folder.
	others []string
}

func readDataFolder(dir string) (dataFolder, error) {
	found := dataFolder{parts: map[string]int64{}, blobs: map[string]int64{}, lost: map[string]int64{}, packs: map[string]int64{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return ignoreGone(err)
		}
		info, err := entry.Info()
		if err != nil {
			return ignoreGone(err)
		}
		name, err := filepath.Rel(dir, path)
		found.add(filepath.ToSlash(name), info)
		return err
	})
	return found, err
}

// ignoreGone drops the error of what was removed meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (f *dataFolder) add(name string, info fs.FileInfo) {
	size := info.Size()
	folder, rest, _ := strings.Cut(name, "/")
	switch folder {
	case "LOCK", "STORE_ID", "catalog.db", "catalog.db-wal", "catalog.db-shm":
	case "parts":
		f.parts[strings.TrimSuffix(rest, ".part")] = size
	case "blobs":
		_, id, _ := strings.Cut(rest, "/")
		f.blobs[id] = size
	case "lost":
		f.lost[rest] = size
	case "packs":
		f.packs[rest] = roomOf(info)
	default:
		f.others = append(f.others, name)
	}
}

// roomOf is what a file takes on the disk, in bytes; holes take none.
func roomOf(info fs.FileInfo) int64 {
	const unit = 512
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * unit
	}
	return info.Size()
}
