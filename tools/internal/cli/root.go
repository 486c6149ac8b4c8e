package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is one run of the command line.
type app struct {
	env     Env
	globals globals
	// service is what the command talks to.
	service service
}

// globals are the flags that every command shares.
type globals struct {
	addr                  string
	apiKey, tokenFile     string
	tlsCA                 string
	clientCert, clientKey string
	tls, plaintext        bool
	json, quiet           bool
	timeout               time.Duration
}

// connection are the global flags that only a command with a server heeds.
func connection() []string {
	return []string{
		"addr", "api-key", "token-file", "tls", "tls-ca", "client-cert", "client-key", "plaintext", "timeout",
	}
}

func (a *app) rootCommand() *cobra.Command {
	root := group("sluice", "Send files, data points and logs to Sluice servers and look after them",
		a.uploadCommand(),
		a.downloadCommand(),
		a.filesCommand(),
		a.uploadsCommand(),
		a.pointsCommand(),
		a.logsCommand(),
		a.streamsCommand(),
		a.usageCommand(),
		a.keysCommand(),
		a.encryptionCommand(),
		a.auditCommand(),
		a.benchCommand(),
		a.demoCommand(),
		a.fsckCommand(),
		a.versionCommand(),
	)
	root.Long = `Send files, data points and logs to Sluice servers and look after them.

The address of the server is --addr or SLUICE_ADDR, by default 127.0.0.1:7070.
The commands for data points talk to a collector: SLUICE_POINTS_ADDR goes
before SLUICE_ADDR, and the default is 127.0.0.1:7071; those for logs to a log
service: SLUICE_LOGS_ADDR and 127.0.0.1:7072. The API key is --api-key or
SLUICE_API_KEY; the variable keeps a key out of the list of processes. Another
token, such as a JWT, is read from the file --token-file or SLUICE_TOKEN_FILE for
each call. A certificate is presented with --client-cert and --client-key, or
SLUICE_CLIENT_CERT and SLUICE_CLIENT_KEY. A flag goes before a variable.

Exit codes: 0 all is well, 1 something was refused or failed, 2 the command line
is wrong, 3 no server answered or none that takes the credentials, 130
interrupted.`
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentPreRunE = a.checkGlobals
	a.versionFlag(root)
	a.globalFlags(root.PersistentFlags())
	hideUnheeded(root)
	return root
}

// hideUnheeded leaves global flags that a command refuses out of its help.
func hideUnheeded(root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		for _, name := range unheeded(cmd) {
			root.PersistentFlags().Lookup(name).Hidden = true
		}
		help(cmd, args)
	})
}

func (a *app) globalFlags(flags *pflag.FlagSet) {
	g := &a.globals
	flags.StringVar(&g.addr, "addr", "", "`host:port` of the server (SLUICE_ADDR, SLUICE_POINTS_ADDR, SLUICE_LOGS_ADDR)")
	flags.StringVar(&g.apiKey, "api-key", "", "API key to send (SLUICE_API_KEY)")
	flags.StringVar(&g.tokenFile, "token-file", "", "send the token in this `file`, which is read for each call (SLUICE_TOKEN_FILE)")
	flags.BoolVar(&g.tls, "tls", false, "use TLS and trust the system's certificates; the default unless the server is on this machine")
	flags.StringVar(&g.tlsCA, "tls-ca", "", "use TLS and trust the certificates in this PEM `file`")
	flags.StringVar(&g.clientCert, "client-cert", "", "use TLS and present the certificate in this PEM `file` (SLUICE_CLIENT_CERT)")
	flags.StringVar(&g.clientKey, "client-key", "", "PEM `file` of the certificate's key (SLUICE_CLIENT_KEY)")
	flags.BoolVar(&g.plaintext, "plaintext", false, "use no TLS; the default when the server is on this machine")
	flags.BoolVar(&g.json, "json", false, "print JSON, one object a line, of failures too")
	flags.BoolVarP(&g.quiet, "quiet", "q", false, "print only errors, and of lists only the identifiers")
	flags.DurationVar(&g.timeout, "timeout", 0, "give up after this `time`, such as 30s; 0 means never")
}

// checkGlobals refuses global flags that contradict each other or that the
// command would not heed.
func (a *app) checkGlobals(cmd *cobra.Command, _ []string) error {
	a.service = serviceOf(cmd)
	if !cmd.Flags().Changed("addr") {
		a.globals.addr = a.service.addr(a.env.Getenv)
	}
	var given []string
	cmd.Flags().Visit(func(f *pflag.Flag) { given = append(given, f.Name) })
	for _, name := range given {
		if slices.Contains(unheeded(cmd), name) {
			return usageErrorf("--%s means nothing to `%s`", name, cmd.CommandPath())
		}
	}
	if a.globals.timeout < 0 {
		return usageErrorf("--timeout %s is negative; 0 means never to give up", a.globals.timeout)
	}
	if slices.Contains(given, "token-file") && a.globals.tokenFile == "" {
		return usageErrorf("--token-file is empty; name a file")
	}
	return checkContradictions(given)
}

// checkContradictions refuses flags of which only one can be heeded.
func checkContradictions(given []string) error {
	if slices.Contains(given, "plaintext") {
		for _, name := range []string{"tls", "tls-ca", "client-cert", "client-key"} {
			if slices.Contains(given, name) {
				return usageErrorf("--plaintext contradicts --%s; give one of them", name)
			}
		}
	}
	if slices.Contains(given, "api-key") && slices.Contains(given, "token-file") {
		return usageErrorf("--api-key contradicts --token-file; give one of them")
	}
	return nil
}

// without marks global flags that the command does not heed.
func without(cmd *cobra.Command, flags ...string) *cobra.Command {
	annotate(cmd, "unheeded", strings.Join(flags, " "))
	return cmd
}

func unheeded(cmd *cobra.Command) []string {
	var names []string
	for ; cmd != nil; cmd = cmd.Parent() {
		names = append(names, strings.Fields(cmd.Annotations["unheeded"])...)
	}
	return names
}

// group is a command that only has others below it.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageErrorf("`%s` has no command %q%s", cmd.CommandPath(), args[0], suggestion(cmd, args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

func suggestion(cmd *cobra.Command, typed string) string {
	cmd.SuggestionsMinimumDistance = 2
	if names := cmd.SuggestionsFor(typed); len(names) > 0 {
		return "; did you mean " + strings.Join(names, " or ") + "?"
	}
	return ""
}

// args wraps a check of the positional arguments with what is expected.
func args(check cobra.PositionalArgs, expected string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, got []string) error {
		if check(cmd, got) != nil {
			return usageErrorf("`%s` wants %s", cmd.CommandPath(), expected)
		}
		return nil
	}
}

func usageErrorf(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// required reports the flags that have no value, as one mistake.
func required(flags map[string]string) error {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if flags[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	last := len(missing) - 1
	if last == 0 {
		return usageErrorf("give %s", missing[0])
	}
	return usageErrorf("give %s and %s", strings.Join(missing[:last], ", "), missing[last])
}
