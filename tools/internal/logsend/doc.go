// Package logsend feeds log entries from files to the SDK and tells how it went.
package logsend
