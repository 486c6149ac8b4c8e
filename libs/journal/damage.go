package journal

import (
	"errors"
	"fmt"
	"os"
	"path"
)

// damagedFolder has the copies of damaged regions.
const damagedFolder = "damaged"

// Damage is a region of the journal that was durable and can't be read any
// more.
type Damage struct {
	// From and To bound the region. They are equal where only the header of a
	// segment is damaged, which costs no record.
	From, To Position
	// File has a copy of what is there of the region. It is relative to the
	// journal's folder, and empty when nothing is there or nothing was copied.
	File string
}

// DamageError tells a reader that it has come to a damaged region. Reading goes
// on behind it.
type DamageError struct {
	From, To Position
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("journal: the %d bytes from position %d are damaged and their records lost: look into the folder %s",
		e.To-e.From, e.From, damagedFolder)
}

// setAside copies what is there of a damaged region of a segment and returns
// the copy's name, which is durable. A copy that is there already stays.
func setAside(fsys fileSystem, source file, seg *segment, from, to Position) (string, error) {
	size := min(seg.content(), to) - from
	if size <= 0 {
		return "", nil
	}
	name := path.Join(damagedFolder, fmt.Sprintf("%020d-%020d", from, to))
	names, err := fsys.List(damagedFolder)
	if err == nil && contains(names, path.Base(name)) {
		return name, nil
	}
	if err != nil && !isMissing(err) {
		return "", err
	}
	if err := fsys.Mkdir(damagedFolder); err != nil {
		return "", err
	}
	err = writeWhole(fsys, name, func(f file) error {
		return copyRange(f, 0, source, seg.offset(from), int64(size))
	})
	if err != nil {
		return "", explain(fmt.Errorf("can't set the damaged bytes from position %d aside: %w", from, err))
	}
	return name, fsys.SyncDir(".")
}

// writeWhole makes a file with the content that fill writes, so that after a
// crash either all of it is there, durably, or what was there before.
func writeWhole(fsys fileSystem, name string, fill func(f file) error) error {
	temporary := name + temporarySuffix
	f, err := fsys.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, fsys.Remove(temporary))
	}
	if err := fsys.Rename(temporary, name); err != nil {
		return err
	}
	return fsys.SyncDir(path.Dir(name))
}
