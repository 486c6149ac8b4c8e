// Package syscallfault makes system calls of a running process fail, as a bad or a
// full disk does. It attaches strace to the process.
//
// The binary comes from Debian's package strace. Without it a test is skipped, and
// fails where the environment says CI=true. Attaching needs root, or a kernel that
// lets a process be traced by others of its user. Linux only.
package syscallfault
