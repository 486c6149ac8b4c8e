// Package testkit helps the tests of every module: it builds and runs the real
// binaries, kills them, cuts their power and their network, fills their disk,
// and makes the content and the certificates that they are tested with.
//
// A helper that takes a [testing.TB] ends the test when it fails, and undoes
// what it did when the test ends. What needs root skips the test without it,
// and fails the test where the environment says CI=true. Linux only.
package testkit
