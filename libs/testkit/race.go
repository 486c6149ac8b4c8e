//go:build race

package testkit

// RaceEnabled tells whether the tests, and what [Build] builds for them, have
// the race detector.
const RaceEnabled = true
