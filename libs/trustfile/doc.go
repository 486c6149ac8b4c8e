// Package trustfile reads the files that say whom a server trusts or that have
// its secrets, and tells when they change.
package trustfile
