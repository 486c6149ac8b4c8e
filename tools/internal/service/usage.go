package service

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// clockTick is the unit of the times in /proc/PID/stat. It is 10 ms on every
// Linux architecture that Go runs on.
const clockTick = 10 * time.Millisecond

var errNoUsage = errors.New("the kernel's figures have another form than expected")

// Usage is what a process has taken of the machine so far.
type Usage struct {
	// CPU is user and system time together.
	CPU time.Duration
	// PeakRSS is the largest resident set in bytes.
	PeakRSS int64
}

// Usage reads what the running process has taken. It needs Linux's /proc.
//
// The peak comes from there and not from the rusage of the ended process: that
// one also counts the resident set of the parent, which the child shares
// between fork and exec.
func (p *Process) Usage() (Usage, error) {
	dir := "/proc/" + strconv.Itoa(p.Pid())
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return Usage{}, fmt.Errorf("read the CPU time of the service: %w", err)
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return Usage{}, fmt.Errorf("read the memory of the service: %w", err)
	}
	cpu, cpuErr := parseCPU(stat)
	peak, peakErr := parsePeak(status)
	return Usage{CPU: cpu, PeakRSS: peak}, errors.Join(cpuErr, peakErr)
}

// parseCPU adds utime and stime, the 14th and 15th field of /proc/PID/stat. The
// second field is the program's name in parentheses and may hold anything.
func parseCPU(stat []byte) (time.Duration, error) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("CPU time: %w", errNoUsage)
	}
	user, userErr := strconv.ParseInt(string(fields[11]), 10, 64)
	system, systemErr := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(userErr, systemErr)
}

// parsePeak finds VmHWM, the peak resident set in KiB, in /proc/PID/status.
func parsePeak(status []byte) (int64, error) {
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == "VmHWM:" {
			kib, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("peak memory: %w", errNoUsage)
}
