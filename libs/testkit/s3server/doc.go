// Package s3server starts a real S3 server for tests: versitygw, on a free
// loopback port, with its objects in a folder of the test. Linux only, as
// package testkit.
package s3server
