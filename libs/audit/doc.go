// Package audit writes the audit log of a service: who did what, and who was
// refused what.
//
// The log is a file of its own, apart from the service's. Package chain has its
// form, which lets a reader find what was changed, removed or moved. What a
// reader can't see is an end that was cut off: the service logs its head, a
// sequence and a hash, when it opens the log, begins a new file, and stops. Keep
// those lines elsewhere.
//
// # Durability
//
// [Log.Record] puts an event into a queue; one goroutine writes what is there, as
// one group, and syncs the file about once a second and in [Log.Close]. A kill of
// the process loses what was recorded in the last moments, a power cut the last
// second or so; what is lost is always an end. An end without a line feed is cut
// off at the next start, which is an event, too. What the disk did not take is
// kept and written again, from the last place that was synced.
//
// # When the log can't be written
//
// The queue fills up. A log that is required then makes [Log.Err] an error, by
// which calls are refused before they begin, and the calls that end wait for
// room: nothing is lost. Otherwise calls go on, and events for which there is no
// room are counted; the count becomes an event when the file can be written
// again. A log that is only slow always makes them wait.
//
// # Floods
//
// Of events that are not ok and alike in action, outcome, reason, tenant and host
// (of IPv6 the /64) 10 in a second have a line each. The others are counted, and
// their number is one line, at the end of the second and then every 10 seconds
// while they go on. Beyond 256 kinds at a time, tenant and host no longer tell
// them apart: however many hosts there are, a flood of one action and reason has
// some 2,600 lines in its first second and 26 a second from then on, which tell of
// every event. What was done is never folded.
//
// # Files
//
// A file that has reached its largest size is renamed to the name with a dot and
// the sequence of its first line in 20 digits, so that names sort as the chain
// goes; the next file's first line has the hash of its last one. The file with
// the ending ".lock" keeps a second process out.
package audit
