package postgres

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// child is a process that the server has started, held by a pidfd.
type child struct{ fd int }

// children returns the server's processes; none when it has ended. The caller
// waits for each.
func (r *run) children() ([]child, error) {
	if r.cmd.Process == nil {
		return nil, nil
	}
	pid := r.cmd.Process.Pid
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var children []child
	for field := range strings.FieldsSeq(string(list)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return children, err
		}
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // it has ended
		}
		children = append(children, child{fd: fd})
	}
	return children, nil
}

func (c child) kill() error { return unix.PidfdSendSignal(c.fd, unix.SIGKILL, nil, 0) }

// wait returns when the process has ended, and gives its pidfd back.
func (c child) wait() {
	defer func() { _ = unix.Close(c.fd) }()
	events := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(events, -1); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
