// Package s3 stores the bytes of files in a bucket of an S3-compatible server.
// Nothing is spooled to disk.
//
// The bucket holds, behind a prefix,
//
//	blobs/<id>-s<nonce>          finished content
//	lost/<time>.<id>-s<nonce>    a blob that was set aside at a time in UTC;
//	                             copied to blobs/<id>-s<nonce> it is back
//
// where id is what the upload is known by, and the nonce 12 random hexadecimal
// digits. <id>-s<nonce> identifies the blob.
//
// A part is a multipart upload of the key blobs/<id>-s<nonce>, whose parts are all
// of one size but the last. It begins with the first part that is full, so that a
// file that is smaller is a single PutObject when it is published, and it is found
// again by its proof: the nonce, the identifier of the multipart upload, and a
// digest over the ETags of its parts. Whole parts are durable as soon as the server
// has answered for them.
//
// # Stale writers
//
// The server can't refuse a process that has stalled and does not know yet that
// another one carries its upload. So every opening of a part that does not go on
// with a multipart upload has a nonce, and with it a key, of its own. No two
// write one object, and none removes what another has made: what nobody has
// committed is left to the janitor. Parts that a stale process sends into the
// multipart upload that another one goes on with are found by their ETags.
//
// # Memory
//
// An upload holds at most [Config].PartsInFlight parts that are on their way
// and one that is being filled: (PartsInFlight + 1) × PartSize bytes, 24 MiB by
// default ([Store.StreamBytes]). The first part's buffer grows with the file,
// so that a small file takes at most twice its size.
//
// # Errors
//
// What a server or a network may get right the next time is tried again up to
// [Config].Attempts times, by minio-go: broken and stalled connections, answers
// that end early, the statuses 408, 429, 500, 502, 503 and 504, and codes such
// as SlowDown and RequestTimeout, after a random wait of at most 0.2 s that
// doubles up to 1 s. A request that brings no byte forward for [Config].Timeout
// has stalled. What the server does in silence, completing and copying, may take
// 20 times as long.
//
// # What the bucket needs
//
// The service alone writes below the prefix. Versioning keeps what was removed
// until a rule of the bucket expires it. A rule that aborts incomplete multipart
// uploads must leave them at least as long as the service keeps an unfinished
// upload. Encryption with a key of the server's KMS gives copied parts other
// ETags: an upload that was completed and never committed then begins anew in
// place of being taken back.
package s3
