package chain

// Head is a place in a chain: its last line so far. The zero Head is that of an
// empty chain.
type Head struct {
	Sequence int64 `json:"sequence"`
	Hash     Hash  `json:"hash"`
}

// Append writes e as the line behind the head to dst, with its Version, Sequence,
// Previous and Hash, and moves the head to it.
func (h *Head) Append(dst []byte, e Event) ([]byte, error) {
	e.Version, e.Sequence, e.Previous = Version, h.Sequence+1, h.Hash
	e.Time = e.Time.UTC()
	line, hash, err := seal(e)
	if err != nil {
		return dst, err
	}
	h.Sequence, h.Hash = e.Sequence, hash
	return append(dst, line...), nil
}
