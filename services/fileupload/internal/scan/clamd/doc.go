// Package clamd has contents scanned by clamd, ClamAV's daemon, over its
// protocol: a connection for each scan, the command INSTREAM, and the content in
// chunks that carry their length. Nothing is spooled on this side; clamd keeps
// the content in its TemporaryDirectory while it scans.
//
// What clamd has not looked at whole is not clean. clamd refuses what is longer
// than its StreamMaxLength. What exceeds another of its limits (MaxFileSize,
// MaxScanSize, MaxRecursion and so on), also inside an archive, it calls clean
// unless its configuration says `AlertExceedsMax yes`; encrypted documents and
// archives likewise with `AlertEncrypted yes`. Its alerts about both are no
// finding, they come back as [core.ErrUnscannable].
package clamd
