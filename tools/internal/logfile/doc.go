// Package logfile reads log entries from files in the usual formats, which it
// finds out by itself.
//
// A line that is not in the format of its file goes on the entry before it
// where it looks like a part of that, such as a line of a stack trace, and is
// an entry of plain text otherwise. No line is lost but blank ones.
package logfile
