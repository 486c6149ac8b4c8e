package disk

const (
	// reserveFrom is the size up to which a part is not worth a reservation.
	reserveFrom = 8 << 20
	// reserveMost is the most that is reserved at once.
	reserveMost = 64 << 20

	// freeForAll is how much of a disk's free room is never reserved: the catalog
	// and others write there too.
	freeForAll = 256 << 20
	// freeShare is the part of the free room that is reserved at once, at most.
	freeShare = 16
)

// nextReservation returns where room is reserved for a part that grows from offset
// to end, when room is reserved up to reserved already; no length for none. As
// much as the part has already is reserved, so that what unfinished uploads hold
// is at most doubled.
func nextReservation(reserved, offset, end int64) (from, length int64) {
	if offset < reserveFrom || end <= reserved {
		return 0, 0
	}
	return max(offset, reserved), min(offset, reserveMost)
}

// spare returns how much may be reserved at once where so much is free.
func spare(free int64) int64 {
	if free < freeForAll {
		return 0
	}
	return free / freeShare
}
