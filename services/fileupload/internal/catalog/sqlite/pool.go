package sqlite

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const fileMode = 0o600

// What each connection is opened with. busy_timeout is the time in milliseconds
// to wait for a lock, which only another process can hold for long. The log
// shrinks to journal_size_limit bytes after a burst; it is folded into the file when
// it has 32 MiB, so that a page that changes often is written there seldom, and 16
// MiB of pages are cached. What is needed to undo a part
// of a transaction stays in memory: a full folder for temporary files would look
// like a full disk.
const (
	commonParameters = "_pragma=busy_timeout(10000)"
	writerParameters = commonParameters + "&_txlock=immediate" +
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=journal_size_limit(67108864)" +
		"&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(8000)" +
		"&_pragma=temp_store(MEMORY)"
	readerParameters = commonParameters + "&_pragma=query_only(1)"
)

// openPool opens at most size connections to the database, which stay open.
func openPool(path, parameters string, size int) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: parameters}
	pool, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// makeFile makes an empty file that only its owner can read, or leaves the one
// that is there. SQLite gives its other files the same mode.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return err
	}
	return file.Close()
}

func syncFolderOf(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
