package flow

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/sluice-ingest/sluice/libs/config"
)

// Config of the memory for streams.
type Config struct {
	// Budget 0 is half of what the process may use: of the Go runtime's memory
	// limit, which comes from the cgroup, or else of the machine's memory.
	Budget config.Bytes `koanf:"budget" help:"memory that all streams together may take; 0 is half of what the process may use"`
}

// leastStreams must fit into a budget, or hardly anyone would get in.
const leastStreams = 8

// Validate returns an error that names the setting to mend. streamBytes is what is
// set aside for a stream.
func (c Config) Validate(streamBytes int64) error {
	if least := config.Bytes(leastStreams * streamBytes); c.Budget != 0 && c.Budget < least {
		return fmt.Errorf("memory.budget: %s is less than %d streams take, %s: "+
			"raise it, or lower server.stream_window and server.max_message_bytes", c.Budget, leastStreams, least)
	}
	return nil
}

// Flow returns the bounds for a process that uses so many bytes for something
// else.
func (c Config) Flow(streamBytes, elsewhere int64) *Flow {
	budget := int64(c.Budget)
	if budget == 0 {
		budget = max((allowed()-elsewhere)/2, leastStreams*streamBytes)
	}
	return &Flow{
		Budget: NewBudget(budget), Turns: NewTurns(turns()), StreamBytes: streamBytes,
	}
}

// turns leaves a processor to the network: the Go scheduler looks for what came in
// when a processor has nothing else to do, or else every 10 ms, and who has not
// been read can't ask for a turn.
func turns() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// allowed is how much memory the process may use.
func allowed() int64 {
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		return limit
	}
	system, err := memlimit.FromSystem()
	if err != nil || system > math.MaxInt64 {
		return 0 // The least budget will do.
	}
	return int64(system)
}
