package disk

import (
	"errors"
	"os"
)

// growingPack is the pack that is written to.
type growingPack struct {
	*packFile

	// end is where the next record begins, reserved how far there is room for it.
	end, reserved int64
}

// begin makes a pack, durably.
func (p *packs) begin(number uint64) (*growingPack, error) {
	file, err := p.root.OpenFile(packName(number), os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	pack := &packFile{file: file, content: file, number: number, salt: newSalt()}
	if err := p.makeDurable(pack); err != nil {
		return nil, errors.Join(err, file.Close(), p.root.Remove(packName(number)))
	}
	return &growingPack{packFile: pack, end: packStart, reserved: packStart}, nil
}

func (p *packs) makeDurable(pack *packFile) error {
	if _, err := pack.file.WriteAt(encodePackHeader(pack.number, pack.salt), 0); err != nil {
		return err
	}
	if err := syncData(pack.file); err != nil {
		return err
	}
	return syncDir(p.root.Open(packsFolder))
}

// reserve makes room for what ends at end, in large steps, where the file system can
// and has room to spare: the write tells what is missing.
func (p *growingPack) reserve(end int64) {
	if end <= p.reserved || spareAt(p.file) < reserveStep {
		return
	}
	to := min(end+reserveStep, packSize)
	if err := reserve(p.file, p.reserved, to); err == nil {
		p.reserved = to
	}
}
