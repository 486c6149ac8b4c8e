// Package journal is a durable log in a folder: records are appended, become
// durable in groups, are read back in their order, and are trimmed from the
// beginning once nobody needs them.
//
// # Groups
//
// One goroutine writes. It takes what has gathered, writes it with one write,
// and syncs it with one fdatasync; what gathers meanwhile goes with the next.
// Nothing waits for a timer. A group lies in one segment.
//
// # Positions
//
// A [Position] counts bytes of frames, over all segments; the headers of
// segments do not count. So a position's place in its segment is
//
//	32 + position - base of the segment
//
// A position is never given out for two records, not even after a failure: what
// was lost is covered with a filler.
//
// # Files
//
//	<base>.segment          the frames from position <base> on; 20 decimal digits
//	<base>.key              the wrapped data key of a sealed segment
//	<base>.segment.tmp      a segment that is being repaired; Open removes it
//	<base>.key.tmp          a key that is being written; Open removes it
//	durable                 the marks
//	damaged/<from>-<to>     a copy of what was damaged between two positions
//
// Numbers are little-endian. Checksums are CRC32C (Castagnoli).
//
// A segment begins with a header:
//
//	+-----------+--------------+----------+-------------+---------+
//	| magic (8) | identity (8) | base (8) | version (4) | CRC (4) |
//	+-----------+--------------+----------+-------------+---------+
//
//	magic     "SLUICEJL"
//	identity  random bytes, the same in all segments of a journal
//	base      the position of the first frame
//	version   1, or 2 when its records are sealed; a program that knows only 1
//	          refuses 2
//	CRC       of the 28 bytes before it
//
// It is followed by frames without gaps:
//
//	+----------+--------------+----------------+------+
//	| word (4) | data CRC (4) | header CRC (4) | data |
//	+----------+--------------+----------------+------+
//
//	word        bit 31: this is the first frame of its group
//	            bits 28 to 30: its kind, 0 a record, 1 a filler, 2 a sealed record
//	            bits 0 to 27: the size of the data in bytes
//	data CRC    covers it, sealed if it is; 0xffffffff in a filler, whose data
//	            means nothing in a segment of version 1
//	header CRC  covers the identity (8), the frame's position (8), the word and the
//	            data CRC
//
// Since the position and the identity are in the header CRC, neither an old
// frame elsewhere nor a record that looks like a frame can be taken for one.
//
// The marks tell how far the journal was durable at some time. There are two,
// at 0 and 512, overwritten in turn after each sync of a group, and not synced
// themselves but by Open and Close:
//
//	+-----------+--------------+-------------+----------+---------+
//	| magic (8) | identity (8) | durable (8) | zero (4) | CRC (4) |
//	+-----------+--------------+-------------+----------+---------+
//
//	magic    "SLUICEDM"
//	durable  everything before this position was durable
//	CRC      of the 28 bytes before it
//
// # Sealed segments
//
// With [Options.Keys] the records are sealed: encrypted, and bound to their
// place. A segment is sealed as a whole, with a data key of its own; a segment
// begins whenever the journal is opened, so that no position is ever sealed
// twice with one key, and none is plain in one part and sealed in another. The
// data of a sealed record is
//
//	+------------+------------+----------+
//	| nonce (12) | ciphertext | tag (16) |
//	+------------+------------+----------+
//
// and what is associated with it is the identity (8), the segment's base (8), the
// frame's position (8) and its word (4). So a record can't be altered, moved,
// repeated, or hidden under a filler, whose data begins with nothing, sealed in
// the same way. A frame that does not open counts like one whose CRC is wrong.
//
// Positions are given out before it is known which segment a record goes into,
// so a record gets room for 28 bytes when it is appended, and the goroutine that
// writes seals the group, outside the lock.
//
// The key of a segment is wrapped by the outer key for the object
// "journal/<identity in hexadecimal>". It is durable before a frame that needs it
// is written, and goes after its segment does. Its file has two copies, at 0 and
// 4096, of which one is enough:
//
//	+-----------+--------------+----------+-------------+----------+---------+-------------+
//	| magic (8) | identity (8) | base (8) | version (4) | size (4) | CRC (4) | wrapped key |
//	+-----------+--------------+----------+-------------+----------+---------+-------------+
//
//	magic    "SLUICEJK"
//	version  1
//	size     of the wrapped key, at most 4060
//	CRC      of the 32 bytes before it and the wrapped key
//
// Open unwraps all keys and fails, having changed nothing, when it can't. It
// wraps by the newest outer key what an older one had wrapped. The next
// segment's key is made ahead.
//
// What sealing can't show is that the end of the journal, a whole segment with
// its key, or the whole folder was replaced by what it was before, and that
// somebody who can write there has put plain segments beside the sealed ones.
//
// # Torn or damaged
//
// A group is written only when everything before it is durable. So everything
// before the first frame of any group that is there was durable, as was
// everything before a mark, and everything in a segment that another one
// follows. Where no frame stands before such a place, the journal is damaged: a
// crash can't do that. Open copies what is there to the folder damaged and
// reports it, as every later Open and every reader do until the segment is
// trimmed. Behind it reading goes on at the next place where a whole frame
// stands, which is looked for byte by byte.
//
// Where no frame stands after all those places, it is the torn tail that a
// crash leaves, of whose pages a power cut may keep any. Open cuts the journal
// there. Damage to the last group before a power cut, whose mark may not have
// got to the disk, can't be told from that; it is counted as torn.
//
// What can't be read because the disk returns an error is neither: Open and the
// readers return the error and change nothing.
//
// # Failures
//
// After a failed write or sync nothing is said of the group and of what
// gathered behind it: all of that is rolled back, and what was durable in the
// active segment is copied to a new file, which is synced and renamed into its
// place, with a filler over what was lost. Only when a write found the disk
// full, and no sync failed, is the file kept and cut. Until that has worked,
// which is tried again after 10 ms and then up to 5 s, Append fails.
//
// A failed sync of an earlier process may have left pages in memory that look
// written and are not. So Open writes what lies behind the mark again before it
// syncs it.
package journal
