//go:build !race

package testkit

// raceEnabled tells whether the tests run with the race detector.
const raceEnabled = false
