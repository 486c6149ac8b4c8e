package disk

// cut ends the pack at an offset behind which nothing is needed. The mark of that is
// written after the cut was synced: where it is, nothing is torn. Sync and mark may
// fail or be lost, since the next start does no harm to a pack without the mark.
func (p *packFile) cut(end int64) error {
	if err := p.file.Truncate(end); err != nil {
		return err
	}
	if err := syncData(p.file); err != nil {
		return nil //nolint:nilerr // the pack is cut all the same, and without its mark
	}
	h := packHeader{number: p.number, flags: flagEnded, salt: p.salt}.encode()
	_, _ = p.file.WriteAt(h, markedBlock)
	return nil
}
