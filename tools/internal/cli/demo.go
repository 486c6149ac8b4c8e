package cli

import (
	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/tools/internal/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var files, collector, logs string
	cmd := &cobra.Command{
		Use: "demo", Short: "Watch files, data points and logs, refusals, a kill -9 of each service and a resume",
		Long: `Watch files, data points and logs, refusals, a kill -9 of each service and a resume.

Runs the file service, the collector and the log service in a temporary folder
of its own and checks after each step that everything went as it must. It takes
less than a minute, leaves nothing behind, and ends with exit code 0 only if all
steps went as expected.`,
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg := demo.Config{
				Out: a.env.Stdout, Now: a.env.Now, LevelColour: colourOf,
				Draw: a.env.DrawStdout, Colour: a.env.DrawStdout && !a.env.NoColour,
			}
			for _, s := range []struct {
				to          *string
				name, given string
			}{
				{&cfg.Files, fileUploadService, files}, {&cfg.Collector, collectorExecutable, collector}, {&cfg.Logs, logExecutable, logs},
			} {
				path, err := findService(cmd.Context(), s.name, s.given)
				if err != nil {
					return err
				}
				*s.to = path
			}
			return demo.Run(cmd.Context(), cfg)
		},
	}
	cmd.Flags().StringVar(&files, "binary", "", "`path` of the file service's executable; looked for by default")
	cmd.Flags().StringVar(&collector, "collector-binary", "", "`path` of the collector's executable; looked for by default")
	cmd.Flags().StringVar(&logs, "logagg-binary", "", "`path` of the log service's executable; looked for by default")
	return without(cmd, append(connection(), "json", "quiet")...)
}
