package config

import (
	"fmt"
	"io"
)

const helpText = `Usage: %s [flags]

Settings come from their defaults, the file of --config, the environment and
the flags; the later ones win. --print-config shows the outcome and the keys of
the file.

%s`

func (s *settings) printHelp(w io.Writer) error {
	_, err := fmt.Fprintf(w, helpText, s.program, s.commandLine().flags.FlagUsages())
	return err
}
