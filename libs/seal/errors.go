package seal

import "errors"

var (
	// ErrWrongKey says that the outer key that was given is not the one that
	// wrapped a data key. Nothing is damaged: the right key opens it.
	ErrWrongKey = errors.New("wrong encryption key")
	// ErrDamaged says that sealed bytes or a wrapped key are not what was
	// written there: altered, cut short, or moved from another place.
	ErrDamaged = errors.New("sealed data is damaged")
)
