// Package apikey makes, keeps and verifies API keys.
//
// A key's text is slk_<id>_<secret>. The id is 12 characters and public: it
// names the key in files, logs and commands. The secret is 52 characters with
// 260 random bits. Both use the lower-case base32 alphabet (a-z, 2-7).
//
// Only the secret's SHA-256 is kept. A slow password hash would add nothing: it
// protects secrets that can be guessed, and 260 random bits cannot.
//
// # File
//
// Keys live in a YAML file of mode 0600:
//
//	keys:
//	  - id: 7h2k5q3mxw4c
//	    hash: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//	    tenant: acme
//	    subject: backup
//	    scopes: [files:write, files:read]
//	    allow: {files: [backups/*]}      # optional: without it, every name
//	    created_at: 2026-03-01T12:00:00Z
//	    expires_at: 2027-03-01T12:00:00Z # optional: without it, never
//	    description: nightly backup      # optional
//
// [Update] changes the file under a lock that other processes heed, so that no
// key is lost when two make one at once. The lock is an empty file beside it,
// named like it with .lock at the end, which stays: removing it would let two
// holders in.
package apikey
