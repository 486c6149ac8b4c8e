package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is what the program knows of itself.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *app) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version",
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			b := readBuild()
			if a.globals.quiet {
				return a.printf("%s\n", b.Version)
			}
			return a.printItem(b, []property{
				{"sluice", b.Version}, {"revision", b.Revision}, {"go", b.Go}, {"platform", b.Platform},
			})
		},
	}
	return without(cmd, connection()...)
}

func readBuild() build {
	b := build{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			b.Revision = setting.Value
		}
	}
	return b
}

// version is the module's version, `devel` for a build that has none.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
