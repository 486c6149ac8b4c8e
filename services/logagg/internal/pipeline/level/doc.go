// Package level brings the levels of all common loggers to one scale, and finds
// the level that stands in a message.
//
// In a message a level is looked for at the head only, and only where it can't
// be prose:
//
//   - the priority of syslog, "<34>";
//   - a JSON object's top-level key such as "level", in the first 4 KiB;
//   - a key such as level= in a head of key=value pairs;
//   - glog's "E0102 15:04:05" and Ruby's "E, [2024-01-02T…";
//   - the name of a level after nothing but timestamps, process numbers, thread
//     names in brackets and separators, when it is in brackets, is followed by
//     a colon, or is in capitals.
package level
