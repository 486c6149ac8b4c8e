// Package cli is the command line `sluice`.
package cli

import (
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8/cwriter"
)

// Env is what the command line takes from the process around it.
type Env struct {
	// Args are the arguments without the program's name.
	Args []string

	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// DrawStdout and DrawStderr tell whether the stream is a terminal that may
	// be drawn on.
	DrawStdout, DrawStderr bool
	// Size is that of the terminal of standard output in columns and rows.
	Size func() (columns, rows int)
	// InteractiveStdin tells whether a person can be asked at standard input.
	InteractiveStdin bool
	// NoColour forbids colours on a terminal.
	NoColour bool

	Getenv func(string) string
	Now    func() time.Time
}

// NewEnv returns the environment of the running process. A
// terminal of the kind `dumb` is not drawn on; setting NO_COLOR switches colours
// off.
func NewEnv() Env {
	terminal := func(f *os.File) bool {
		return os.Getenv("TERM") != "dumb" && cwriter.IsTerminal(int(f.Fd()))
	}
	return Env{
		Args:  os.Args[1:],
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		DrawStdout: terminal(os.Stdout), DrawStderr: terminal(os.Stderr),
		Size:             func() (int, int) { return terminalSize(os.Stdout) },
		InteractiveStdin: cwriter.IsTerminal(int(os.Stdin.Fd())),
		NoColour:         os.Getenv("NO_COLOR") != "",
		Getenv:           os.Getenv,
		Now:              time.Now,
	}
}

// terminalSize returns 80 columns and 24 rows where there is no terminal.
func terminalSize(f *os.File) (columns, rows int) {
	columns, rows, err := cwriter.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}
