// Package block keeps up to 8,192 log entries in a few pieces of bytes, which
// are written once.
package block
