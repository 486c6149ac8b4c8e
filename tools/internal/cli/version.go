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
		RunE: func(*cobra.Command, []string) error { return a.printVersion() },
	}
	return without(cmd, connection()...)
}

// versionFlag has `sluice --version` do what `sluice version` does.
func (a *app) versionFlag(root *cobra.Command) {
	var wanted bool
	root.Flags().BoolVar(&wanted, "version", false, "print the version")
	help := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if wanted {
			return a.printVersion()
		}
		return help(cmd, args)
	}
}

func (a *app) printVersion() error {
	b := readBuild()
	if a.globals.quiet && !a.globals.json {
		return a.printf("%s\n", b.Version)
	}
	return a.printItem(b, []property{
		{"sluice", b.Version}, {"revision", b.Revision}, {"go", b.Go}, {"platform", b.Platform},
	})
}

func readBuild() build {
	b := build{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	modified := false
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Revision = setting.Value
		case "vcs.modified":
			modified = setting.Value == "true"
		}
	}
	if modified && b.Revision != "" {
		b.Revision += " with changes"
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
