// Package clamd runs a real clamd, ClamAV's daemon, for tests: with a
// configuration of its own in a temporary folder, and a database that knows one
// signature, so that it starts in well under a second and needs no network.
//
// The binary comes from Debian's package clamav-daemon. Without it a test is
// skipped, and fails where the environment says CI=true. Linux only.
package clamd
