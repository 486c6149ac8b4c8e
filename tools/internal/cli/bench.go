package cli

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/bench"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// fileUploadService is the executable of the service that takes files.
const fileUploadService = "sluice-fileupload"

// floorMebibytes is what dd writes for the floor.
const floorMebibytes = 1024

// benchFlags are the flags of every benchmark.
type benchFlags struct {
	dir, binary string
	runs        int
}

func (f *benchFlags) add(flags *pflag.FlagSet) {
	flags.IntVar(&f.runs, "runs", 3, "take the medians of this many runs")
	flags.StringVar(&f.dir, "dir", os.TempDir(), "`folder` for the data; the figures are of its file system")
	flags.StringVar(&f.binary, "binary", "", "`path` of the service's executable; looked for by default")
}

// benchUploadFlags are the flags of `sluice bench upload`.
type benchUploadFlags struct {
	benchFlags

	size               string
	files, concurrency int
}

func (a *app) benchCommand() *cobra.Command {
	return group("bench", "Measure a service beside the machine's own floor",
		a.benchUploadCommand(), a.benchPointsCommand(), a.benchLogsCommand(), a.benchShareCommand())
}

func (a *app) benchUploadCommand() *cobra.Command {
	var f benchUploadFlags
	cmd := &cobra.Command{
		Use: "upload", Short: "Measure how fast files are stored",
		Long: `Measure how fast files are stored.

The files are made of random bytes before the clock starts. Each run starts the
service's executable with an empty data folder, uploads the files over at most two
connections, each in one attempt, and compares the checksum of each receipt. The
figures are medians:

  upload                MB/s (10^6 bytes) from the first byte sent to the last receipt
  upload_files          files/s, for more than one file
  upload_of_floor       upload in percent of floor_dd's median
  upload_server_cpu     CPU seconds of the server's process
  upload_server_rss     its peak memory in MiB
  upload_server_cpu_gb  its CPU seconds for each GB (10^9 bytes)
  floor_dd              MB/s that dd writes and syncs in the same folder

With --addr the server at that address is measured instead, as it is; of its
process nothing is known, and the files stay there.`,
		Example: `  sluice bench upload
  sluice bench upload --files 8 --concurrency 8 --size 256MiB
  sluice bench upload --files 5000 --concurrency 16 --size 4KiB`,
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.benchConfig(cmd, &f)
			if err != nil {
				return err
			}
			figures, err := bench.Upload(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return a.printFigures(figures)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.size, "size", "1GiB", "`size` of each file")
	flags.IntVar(&f.files, "files", 1, "number of files")
	flags.IntVarP(&f.concurrency, "concurrency", "c", 1, "upload this many files at once")
	f.add(flags)
	return without(cmd, "timeout")
}

func (a *app) benchConfig(cmd *cobra.Command, f *benchUploadFlags) (cfg bench.Config, err error) {
	size, err := human.ParseSize(f.size)
	if err != nil {
		return cfg, usageErrorf("--size: %w", err)
	}
	if f.files < 1 || f.concurrency < 1 || f.runs < 1 {
		return cfg, usageErrorf("--files, --concurrency and --runs must be 1 or more")
	}
	cfg = bench.Config{Size: size, Files: f.files, Concurrency: f.concurrency}
	cfg.Setting, err = a.benchSetting(cmd, f.benchFlags, "--max-file-size", strconv.FormatInt(max(size, 1), 10))
	return cfg, err
}

// benchSetting measures the server at --addr, or the executable of the command's
// service, which is started with these flags.
func (a *app) benchSetting(cmd *cobra.Command, f benchFlags, serviceFlags ...string) (bench.Setting, error) {
	s := bench.Setting{Dir: f.dir, Runs: f.runs, Floor: floor, Connect: a.connectTo, Log: a.logf}
	if cmd.Flags().Changed("addr") {
		if f.binary != "" {
			return s, usageErrorf("--addr contradicts --binary; give one of them")
		}
		s.Target = bench.Remote{Address: a.globals.addr}
		return s, nil
	}
	executable, err := findService(cmd.Context(), a.service.executable, f.binary)
	s.Target = bench.Local{Executable: executable, Flags: serviceFlags}
	return s, err
}

// floor measures the file system of a folder.
func floor(ctx context.Context, dir string) (float64, error) {
	return bench.DD(ctx, dir, floorMebibytes)
}

// logf tells what a benchmark does.
func (a *app) logf(format string, args ...any) {
	if !a.globals.quiet {
		a.notef(format, args...)
	}
}

// connectTo opens a connection with the global flags to another address than
// theirs.
func (a *app) connectTo(addr string) (*client.StreamingClient, error) {
	b := *a
	b.globals.addr = addr
	return b.connect()
}

func (a *app) printFigures(figures []bench.Figure) error {
	if a.globals.json {
		return each(figures, func(f bench.Figure) error { return printJSON(a.env.Stdout, f) })
	}
	floor := figures[len(figures)-1].Value
	rows := [][]string{{"FIGURE", "MEDIAN", "UNIT", "OF FLOOR", "RUNS"}}
	for _, f := range figures {
		share := ""
		if f.Unit == "MB/s" {
			share = fmt.Sprintf("%.0f %%", 100*f.Value/floor)
		}
		rows = append(rows, []string{f.Name, decimal(f.Value), f.Unit, share, decimals(f.Runs)})
	}
	return printTable(a.env.Stdout, rows)
}

func decimal(value float64) string { return strconv.FormatFloat(value, 'f', 2, 64) }

func decimals(values []float64) string {
	return strings.Join(mapped(values, decimal), " ")
}
