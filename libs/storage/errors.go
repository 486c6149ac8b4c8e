// Package storage is what a service tells of its journal and its store when they
// fail: the errors that every store has in common, and what a caller learns of
// them.
package storage

import "errors"

// Errors of a store that its users tell apart.
var (
	// ErrFull says that the disk has no room. The store serves reads and can be
	// tried again.
	ErrFull = errors.New("the store's disk is full: free some space")
	// ErrQueryTooLarge says that a query needs more memory than it may take.
	ErrQueryTooLarge = errors.New("the query needs more memory than it may take: select less")
)
