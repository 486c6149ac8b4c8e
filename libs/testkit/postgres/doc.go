// Package postgres runs a real PostgreSQL, version 15 or newer, for tests: a
// cluster of its own in a temporary folder, on a free loopback port, that a
// test may kill and start again.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(postgres.Tests{M: m}) }
//
//	func TestRows(t *testing.T) {
//		pool, err := pgxpool.New(t.Context(), postgres.Shared(t).NewDatabase(t))
//		...
//
// The binaries come from Debian's package postgresql, in PATH or below
// /usr/lib/postgresql. Without them a test is skipped, and fails where the
// environment says CI=true. The server runs as the user postgres when the tests
// run as root, which PostgreSQL refuses. Linux only.
package postgres
