package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// erase removes a record that is not to be found any more. Where its room can't be
// given back, the header is overwritten.
func (p *packFile) erase(r record) error {
	err := punch(p.file, r.at, r.end())
	if errors.Is(err, errors.ErrUnsupported) {
		_, err = p.file.WriteAt(make([]byte, recordHeaderLen), r.at)
	}
	return err
}

// discard removes a blob whose identifier says where it lies; it is no error when
// there is none.
func (p *packs) discard(blobID string) error {
	return p.remove(blobID, func(pack *packFile, r record) error { return pack.erase(r) })
}

// setAside copies a blob to a file and removes it, both durably. It tells whether
// there was one.
func (p *packs) setAside(blobID, target string) (moved bool, err error) {
	err = p.remove(blobID, func(pack *packFile, r record) error {
		if err := p.copyOut(pack, r, target); err != nil {
			return err
		}
		moved = true
		if err := pack.erase(r); err != nil {
			return err
		}
		return syncData(pack.file)
	})
	return moved, err
}

// remove calls do with what is there of a blob, and unlinks its pack if nothing else
// was in it.
func (p *packs) remove(blobID string, do func(pack *packFile, r record) error) error {
	id, at, ok := packedAt(blobID)
	if !ok {
		return nil
	}
	pack, err := p.open(at.pack, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := pack.remains(id, at.offset)
	if err == nil {
		err = do(pack, r)
	}
	err = errors.Join(err, pack.Close())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.dropIfEmpty(at.pack)
}

// copyOut makes a file of a record's content, as it is, damaged or not.
func (p *packs) copyOut(pack *packFile, r record, target string) error {
	file, err := p.root.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, io.NewSectionReader(pack.content, r.start(), r.size))
	if err == nil {
		err = syncData(file)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, p.root.Remove(target))
	}
	return syncDir(p.root.Open(lostFolder))
}
