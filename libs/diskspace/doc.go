// Package diskspace watches how much room the file system of a data folder has,
// so that new work can be refused while what was accepted still has room to
// finish.
package diskspace
