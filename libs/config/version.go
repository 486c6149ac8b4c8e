package config

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

func (s *settings) printVersion(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s %s\n", s.program, Version())
	return err
}

// Version is the version of the running program, its commit where known, and Go's
// version.
func Version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

// versionOf is the module's version, its commit where known, and Go's version.
// info may be nil.
func versionOf(info *debug.BuildInfo) string {
	version, commit := "(unknown)", ""
	if info != nil {
		version = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = ", commit " + setting.Value
			}
		}
	}
	return fmt.Sprintf("%s (%s%s)", version, runtime.Version(), commit)
}
