// Package seal encrypts what Sluice keeps on disk, by envelope encryption.
//
// Every object, such as a file or a stretch of a journal, has a [DataKey] of
// its own: 32 random bytes for AES-256-GCM. It is stored beside what it seals,
// wrapped by the outer key. [Keys] wraps and unwraps; the outer key is in a
// Tink keyset file or in a KMS, and never in the data folder. So the outer key
// can be rotated without touching what is sealed: only wrapped keys are written
// anew ([Keys.Rewrap]).
//
// # Wrapped key
//
//	1 byte    version, 1
//	n bytes   the data key as the outer key encrypted it: Tink's ciphertext for
//	          a keyset (a prefix with the id of the key, then AES-256-GCM), the
//	          KMS's own form otherwise
//
// The name of the object is the associated data of the wrapping: a wrapped key
// that is moved to another object does not unwrap there.
//
// # Limits
//
// Nonces are random, 96 bits. One data key may seal 2^32 times; the chance that
// a nonce repeats is below 2^-32 then. An object is sealed in pieces of at
// least 64 KiB on average or gets a new data key in time, so that nothing comes
// near. A key of a keyset may wrap 2^32 data keys, which is as many objects;
// rotate it long before.
//
// # What it does not do
//
// It hides contents, not the number, the sizes and the times of objects, nor
// what a catalog says of them. A reader of the process's memory finds the keys.
package seal
