package cli

import (
	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/tools/internal/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var binary, collector string
	cmd := &cobra.Command{
		Use: "demo", Short: "Watch uploads, data points, refusals, a kill -9 and a resume",
		Long: `Watch uploads, data points, refusals, a kill -9 and a resume.

Runs the file service and the collector in a temporary folder of its own and
checks after each step that everything went as it must. It takes less than a
minute, leaves nothing behind, and ends with exit code 0 only if all steps went
as expected.`,
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			executable, err := findService(cmd.Context(), fileUploadService, binary)
			if err != nil {
				return err
			}
			collectorPath, err := findService(cmd.Context(), collectorExecutable, collector)
			if err != nil {
				return err
			}
			return demo.Run(cmd.Context(), demo.Config{
				Executable: executable, Collector: collectorPath, Out: a.env.Stdout, Now: a.env.Now,
				Draw: a.env.DrawStdout, Colour: a.env.DrawStdout && !a.env.NoColour,
			})
		},
	}
	cmd.Flags().StringVar(&binary, "binary", "", "`path` of the file service's executable; looked for by default")
	cmd.Flags().StringVar(&collector, "collector-binary", "", "`path` of the collector's executable; looked for by default")
	return without(cmd, append(connection(), "json", "quiet")...)
}
