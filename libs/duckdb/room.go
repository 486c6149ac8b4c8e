package duckdb

import (
	"fmt"
	"path/filepath"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"

	"github.com/sluice-ingest/sluice/libs/storage"
)

// spareRoom is what a checkpoint or a deletion needs at least, in bytes.
const spareRoom = 2 << 20

// needRoom refuses what is to take so many bytes while the disk has no room for
// them and for folding the log into the file, which stands beside the log until
// it is done. DuckDB could not do that on a full disk, and the log would never
// shrink.
func (db *Database) needRoom(bytes int64) error {
	log, err := db.logSize()
	if err != nil {
		return err
	}
	free, err := freeRoom(filepath.Dir(db.path))
	if err != nil {
		return err
	}
	if need := bytes + log + spareRoom; free < need {
		return fmt.Errorf("%w: %s are free and %s needed", storage.ErrFull,
			humanize.IBytes(uint64(free)), humanize.IBytes(uint64(need)))
	}
	return nil
}

func freeRoom(folder string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, err
	}
	return int64(stat.Bavail) * stat.Bsize, nil
}
