package disk

import (
	"errors"
	"os"
)

// probeName is a file of a moment, that tells what the file system can do.
const probeName = packsFolder + "/probe"

// canPack tells whether the file system gives back the room in the middle of a file
// and says where its holes are. Anything that fails means no.
func (p *packs) canPack() bool {
	file, err := p.root.OpenFile(probeName, os.O_RDWR|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return false
	}
	able := givesBack(file)
	return errors.Join(file.Close(), p.root.Remove(probeName)) == nil && able
}

func givesBack(file *os.File) bool {
	two := make([]byte, 2*blockSize)
	two[0], two[blockSize] = 1, 1
	if _, err := file.WriteAt(two, 0); err != nil {
		return false
	}
	if err := punch(file, 0, blockSize); err != nil {
		return false
	}
	at, err := nextData(file, 0)
	return err == nil && at == blockSize
}
