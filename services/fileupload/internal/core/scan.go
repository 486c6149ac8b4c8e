package core

import (
	"context"
	"errors"
	"io"
)

// ErrUnscannable says that a scanner can't look at a content, being too large for
// it for example.
var ErrUnscannable = errors.New("the content can't be scanned")

// Scanner looks for what must not be stored. Safe for concurrent use.
type Scanner interface {
	// Scan reads the content to its end, or until it knows. An error wraps
	// ErrUnscannable when no attempt would succeed; any other says that the scanner
	// failed, or that the content could not be read.
	Scan(ctx context.Context, content io.Reader) (ScanVerdict, error)
}

// ScanVerdict is what a scanner has found.
type ScanVerdict struct {
	// Infected tells that it found something, and Signature what, as the scanner
	// names it.
	Infected  bool
	Signature string
}
