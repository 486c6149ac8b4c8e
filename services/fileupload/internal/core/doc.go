// Package core is the upload of files without its transport: what an upload is,
// which files are taken, when bytes count as durable, and how an upload goes on
// after a cut or a crash.
//
// It declares what it needs of a [Store] for bytes and of a [Catalog] for what
// is known of them, and speaks errors of package problem.
package core
