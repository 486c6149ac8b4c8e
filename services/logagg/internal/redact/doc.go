// Package redact takes secrets out of log entries: it finds them by what is
// written before them (the name of a key, a header, a URL) or by their own form
// (a token's prefix, a checksum), and replaces, hashes or drops them.
//
// One pass over the bytes looks for the few bytes that a secret cannot do
// without, its triggers. Only there the matchers look closer, forward and back
// by hand and never further than a bounded number of bytes, or up to a place
// from which the same matcher goes on: the time is linear in the text, and an
// entry without secrets allocates nothing. Where finds overlap, all of what they
// cover is taken out under the name of the widest.
//
// What was put in place of a secret is left alone when it is seen again.
package redact
