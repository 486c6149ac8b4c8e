// Package trustfile reads the files that say whom a server trusts, and tells
// when they change.
package trustfile
