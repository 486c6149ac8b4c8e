// Package sending is what tells of a call that sends items from files to a
// service, whatever the items are.
package sending
