package duckdb

import (
	"fmt"
	"runtime"
	"strconv"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

// Options bound what the database takes. A zero field has its default.
type Options struct {
	// MemoryLimit is the number of bytes that DuckDB may hold: 160 MiB. 50 MiB
	// for DuckDB itself come on top.
	MemoryLimit int64
	// SpillLimit is the number of bytes that queries beyond that may put into a
	// folder beside the database, which is empty otherwise: 1 GiB.
	SpillLimit int64
	// Threads is the number of threads that work for all statements: as many as
	// the process may run at once.
	Threads int
	// QuerySlots is how many queries run at once; others wait: 2.
	QuerySlots int

	// Encryption of the file; nil keeps it plain.
	Encryption *Encryption

	// fillDisk lets a change use up the last of the disk.
	fillDisk bool
}

const (
	defaultMemoryLimit = 160 << 20
	defaultSpillLimit  = 1 << 30
	defaultQuerySlots  = 2
)

// WithDefaults returns the options with the defaults in the place of zeros.
func (o Options) WithDefaults() Options {
	if o.MemoryLimit == 0 {
		o.MemoryLimit = defaultMemoryLimit
	}
	if o.SpillLimit == 0 {
		o.SpillLimit = defaultSpillLimit
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.QuerySlots == 0 {
		o.QuerySlots = defaultQuerySlots
	}
	return o
}

// settings are those that are made at the opening, before lockedIn.
func (o Options) settings(path string) []engine.Setting {
	return []engine.Setting{
		{Name: "memory_limit", Value: byteSize(o.MemoryLimit)},
		{Name: "max_temp_directory_size", Value: byteSize(o.SpillLimit)},
		{Name: "temp_directory", Value: spillFolder(path)},
		{Name: "threads", Value: strconv.Itoa(o.Threads)},
		{Name: "checkpoint_threshold", Value: "1TiB"},
		{Name: "autoinstall_known_extensions", Value: "false"},
		{Name: "autoload_known_extensions", Value: "false"},
		{Name: "allow_community_extensions", Value: "false"},
	}
}

// lockedIn keeps statements from other files and from loading code. It comes
// last: with it, neither the folder can be set nor the extension be loaded.
var lockedIn = engine.Setting{Name: "enable_external_access", Value: "false"}

// spillFolder is where queries put what does not fit into memory.
func spillFolder(path string) string { return path + ".spill" }

func byteSize(n int64) string { return fmt.Sprintf("%dKiB", n>>10) }
