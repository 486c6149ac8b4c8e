package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Errors that a user of a journal tells apart.
var (
	// ErrFull says that a record was refused, or that records were lost before
	// they were durable, because there is no room: the journal is at its bound,
	// or the disk is full or short of the free space it must keep.
	ErrFull = errors.New("journal: no room: free space on its disk, or wait until it is trimmed, and append again")
	// ErrBound is the ErrFull of a journal at its bound, which a Trim lifts.
	ErrBound = fmt.Errorf("%w: it is at its bound", ErrFull)
	// ErrFailed says that a write or sync failed. What was not durable is gone.
	ErrFailed = errors.New("journal: the disk failed and what was not durable is gone: append it again once the journal is whole")
	// ErrTooLarge says that a record is larger than [Options.MaxRecordBytes].
	ErrTooLarge = errors.New("journal: the record is too large: split it")
	// ErrClosed says that the journal, or the reader, was closed.
	ErrClosed = errors.New("journal: closed: open it again")
	// ErrTrimmed says that what is to be read is not there any more.
	ErrTrimmed = errors.New("journal: trimmed: read from a later position")
	// ErrSealed says that a journal has sealed records and no keys were given.
	ErrSealed = errors.New("its records are sealed: give the key that it was written with, until they are trimmed")
	// ErrAhead says that a position to read from is behind the journal's end.
	ErrAhead = errors.New("journal: the position is behind its end: is this the folder that was read before?")
)

// explain wraps a failure of the disk in the sentinel that it stands for.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case isKeyError(err):
		return err
	case isFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	default:
		return fmt.Errorf("%w: %w", ErrFailed, err)
	}
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
