// Package chain is the form of an audit log: lines of JSON, each with the hash
// of the one before, so that a changed, removed, inserted or moved line is
// found.
//
// A line is one JSON object and a line feed. Its members stand in the order of
// [Event]; "previous" is the last but one and "hash" the last:
//
//	{"version":1,"sequence":7,"time":"2026-11-23T07:00:00.000000001Z",…,"previous":"<64 digits>","hash":"<64 digits>"}
//
// "hash" is the SHA-256, in lower-case hexadecimal, of the object without it:
// of all bytes of the line before `,"hash":`, followed by one `}`. The line feed
// does not count. "previous" is the hash of the line before, 64 zeros in the
// first line of all. "sequence" is 1 there and grows by 1 with each line, over
// files and restarts.
//
// Whoever may write the file can write a whole new end with good hashes, or cut
// the end off. Neither shows in the file: a [Hash] that was kept elsewhere, such
// as in the service's own log, has to be in the chain. See [Options].
package chain
