package config_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/config/configtest"
)

type level string

type settings struct {
	Name    string        `koanf:"name" help:"name of the thing"`
	Level   level         `koanf:"level" help:"how much to say"`
	Types   []string      `koanf:"types" help:"types to take"`
	Ratio   float64       `koanf:"ratio" help:"a share"`
	Server  server        `koanf:"server" help:"where to listen"`
	Secret  string        `koanf:"secret" secret:"true" help:"a password"`
	Code    uint8         `koanf:"code" secret:"true" help:"a secret number"`
	Started time.Time     `koanf:"started" help:"any text unmarshaler works"`
	Ignored chan struct{} `koanf:"-"`
	private int
}

type server struct {
	Listen  string        `koanf:"listen" flag:"listen" help:"address"`
	Verbose bool          `koanf:"verbose" help:"say more"`
	Grace   time.Duration `koanf:"drain_grace" help:"time to end"`
	Limit   config.Bytes  `koanf:"limit" help:"largest size"`
	Streams uint32        `koanf:"streams" help:"how many"`
	Offset  int           `koanf:"offset" help:"where from"`
}

func (s settings) Validate() error {
	if s.Server.Listen == "nowhere" {
		return errors.New("server.listen: give host:port")
	}
	return nil
}

func defaults() settings {
	return settings{
		Name:    "thing",
		Level:   "info",
		Types:   []string{".txt", ".csv"},
		Ratio:   0.5,
		Server:  server{Listen: "127.0.0.1:1", Verbose: true, Grace: 5 * time.Second, Limit: config.MiB, Streams: 7, Offset: -1},
		private: 3,
	}
}

// load loads with a file of the given content, or none for "".
func load(t *testing.T, yaml string, env, args []string) (settings, error) {
	t.Helper()
	if yaml != "" {
		args = append([]string{"--config", write(t, yaml)}, args...)
	}
	return config.Load("sluice-thing", defaults(), config.Input{Env: env, Args: args})
}

// write makes a configuration file and the current directory its folder.
func write(t *testing.T, yaml string) string {
	t.Helper()
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("config.yaml", []byte(yaml), 0o600))
	return "config.yaml"
}

func TestLaterSourcesWin(t *testing.T) {
	const yaml = "server: {listen: 'file:1'}"
	env, args := []string{"SLUICE_THING_SERVER_LISTEN=env:1"}, []string{"--listen", "flag:1"}
	tests := []struct {
		name, want, yaml string
		env, args        []string
	}{
		{name: "default", want: "127.0.0.1:1"},
		{name: "file over default", want: "file:1", yaml: yaml},
		{name: "environment over file", want: "env:1", yaml: yaml, env: env},
		{name: "flag over all", want: "flag:1", yaml: yaml, env: env, args: args},
		{name: "flag with the default's value over all", want: "127.0.0.1:1", yaml: yaml, env: env, args: []string{"--listen=127.0.0.1:1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := load(t, test.yaml, test.env, test.args)
			require.NoError(t, err)
			want := defaults()
			want.Server.Listen = test.want
			require.Equal(t, want, got)
		})
	}
}

func TestEverySourceSetsEveryType(t *testing.T) {
	want := settings{
		Name: "08", Level: "warn", Types: []string{"a", "b"}, Ratio: 2, Secret: "s", Code: 9,
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Server:  server{Listen: "l", Grace: 90 * time.Second, Limit: 10 * config.GiB, Streams: 8, Offset: -5},
		private: 3,
	}
	tests := []struct {
		name, yaml string
		env, args  []string
	}{
		{name: "file", yaml: `
name: "08"
level: warn
types: [a, b]
ratio: 2
secret: s
code: 9
started: "2026-01-02T03:04:05Z"
server: {listen: l, verbose: false, drain_grace: 1m30s, limit: 10GiB, streams: 8, offset: -5}
`},
		{name: "environment", env: []string{
			"SLUICE_THING_NAME=08", "SLUICE_THING_LEVEL=warn", "SLUICE_THING_TYPES=a, b", "SLUICE_THING_RATIO=2",
			"SLUICE_THING_SECRET=s", "SLUICE_THING_CODE=9", "SLUICE_THING_STARTED=2026-01-02T03:04:05Z",
			"SLUICE_THING_SERVER_LISTEN=l", "SLUICE_THING_SERVER_VERBOSE=false", "SLUICE_THING_SERVER_DRAIN_GRACE=1m30s",
			"SLUICE_THING_SERVER_LIMIT=10737418240", "SLUICE_THING_SERVER_STREAMS=8", "SLUICE_THING_SERVER_OFFSET=-5",
		}},
		{name: "flags", args: []string{
			"--name=08", "--level", "warn", "--types=a", "--types=b", "--ratio=2", "--secret=s", "--code=9",
			"--started=2026-01-02T03:04:05Z", "--listen=l", "--server-verbose=false", "--server-drain-grace=1m30s",
			"--server-limit=10GiB", "--server-streams=8", "--server-offset=-5",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := load(t, test.yaml, test.env, test.args)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestErrorsNameTheirSource(t *testing.T) {
	tests := []struct {
		name, yaml, want string
		env, args        []string
	}{
		{name: "unknown key", yaml: "server: {lisen: x}", want: `config.yaml: unknown key "server.lisen"; did you mean "server.listen"?`},
		{name: "unknown key like no other", yaml: "nonsense: 1", want: `config.yaml: unknown key "nonsense"`},
		{name: "section as value", yaml: "server: 5", want: `config.yaml: server is a section; its settings go below it`},
		{name: "value as section", yaml: "name: {first: x}", want: `config.yaml: unknown key "name.first"; name is one setting: write its value as one text, behind name: |`},
		{name: "list as value", yaml: "name: [x]", want: `config.yaml: name: is a list and should be a single string`},
		{name: "number as string", yaml: "name: 0123", want: `config.yaml: name: 83 is not a string; put it in quotes`},
		{name: "number in list", yaml: "types: [1]", want: `config.yaml: types: 1 is not a string; put it in quotes`},
		{name: "number as duration", yaml: "server: {drain_grace: 30}", want: `config.yaml: server.drain_grace: "30" is not a duration such as 30s`},
		{name: "no value", yaml: "name:", want: `config.yaml: name: has no value; give it one or remove the key`},
		{name: "fraction", yaml: "server: {offset: 1.5}", want: `config.yaml: server.offset: "1.5" is not a whole number`},
		{name: "unknown variable", env: []string{"SLUICE_THING_NAMES=x"}, want: `environment: unknown variable SLUICE_THING_NAMES; did you mean SLUICE_THING_NAME?`},
		{name: "duration", env: []string{"SLUICE_THING_SERVER_DRAIN_GRACE=abc"}, want: `environment SLUICE_THING_SERVER_DRAIN_GRACE: "abc" is not a duration such as 30s`},
		{name: "boolean", env: []string{"SLUICE_THING_SERVER_VERBOSE=maybe"}, want: `environment SLUICE_THING_SERVER_VERBOSE: "maybe" is neither true nor false`},
		{name: "size", args: []string{"--server-limit=-1"}, want: `flag --server-limit: "-1" is not a size such as 64MiB`},
		{name: "negative", args: []string{"--server-streams=-1"}, want: `flag --server-streams: "-1" is not a whole number from 0`},
		{name: "range", args: []string{"--server-streams=4294967296"}, want: `flag --server-streams: 4294967296 is out of the range of uint32`},
		{name: "float", args: []string{"--ratio=half"}, want: `flag --ratio: "half" is not a number`},
		{name: "unknown flag", args: []string{"--lissten=x"}, want: `unknown flag: --lissten; did you mean --listen?; see --help`},
		{name: "stray argument", args: []string{"serve"}, want: `unexpected argument "serve"; settings are flags, see --help`},
		{name: "secret", args: []string{"--code=777"}, want: `flag --code: is not valid; the value is a secret and not shown`},
		{name: "validation", args: []string{"--listen=nowhere"}, want: `configuration: server.listen: give host:port`},
		{
			name: "all at once", yaml: "nam: x", env: []string{"SLUICE_THING_RATIO=x"}, args: []string{"--server-offset=x"},
			want: "config.yaml: unknown key \"nam\"; did you mean \"name\"?\n" +
				"environment SLUICE_THING_RATIO: \"x\" is not a number\n" +
				"flag --server-offset: \"x\" is not a whole number",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(t, test.yaml, test.env, test.args)
			require.EqualError(t, err, test.want)
		})
	}
}

func TestFileErrors(t *testing.T) {
	_, err := load(t, "name: [", nil, nil)
	require.ErrorContains(t, err, "configuration file config.yaml: yaml: ")

	missing := filepath.Join(t.TempDir(), "none.yaml")
	_, err = load(t, "", []string{"SLUICE_THING_CONFIG=" + missing}, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, missing)
}

func TestEmptySectionsAndFilesChangeNothing(t *testing.T) {
	for _, yaml := range []string{"# nothing\n", "server:\n", "server: {}\n"} {
		got, err := load(t, yaml, nil, nil)
		require.NoError(t, err, yaml)
		require.Equal(t, defaults(), got)
	}
}

func TestFlagNamesTheFileBeforeTheEnvironmentDoes(t *testing.T) {
	got, err := load(t, "name: ours", []string{"SLUICE_THING_CONFIG=elsewhere.yaml"}, nil)
	require.NoError(t, err)
	require.Equal(t, "ours", got.Name)
}

func TestKubernetesServiceLinksAreIgnored(t *testing.T) {
	got, err := load(t, "", []string{
		"SLUICE_THING_SERVICE_HOST=10.0.0.1",
		"SLUICE_THING_SERVICE_PORT=50051",
		"SLUICE_THING_SERVICE_PORT_GRPC=50051",
		"SLUICE_THING_PORT=tcp://10.0.0.1:50051",
		"SLUICE_THING_PORT_50051_TCP=tcp://10.0.0.1:50051",
		"SLUICE_THING_PORT_50051_TCP_ADDR=10.0.0.1",
		"SLUICE_THINGS_OTHER=not ours either",
		"PATH=/bin",
	}, nil)
	require.NoError(t, err)
	require.Equal(t, defaults(), got)
}

func TestDefaultsStayUntouched(t *testing.T) {
	given := defaults()
	_, err := config.Load("sluice-thing", given, config.Input{Args: []string{"--types=x,y", "--name=n"}})
	require.NoError(t, err)
	require.Equal(t, defaults(), given)
}

func TestMistakesInTheStructAreErrors(t *testing.T) {
	var sameFlag struct {
		A string `koanf:"a_b"`
		B string `koanf:"c" flag:"a-b"`
	}
	var sameVariable struct {
		A string `koanf:"a_b"`
		B struct {
			C string `koanf:"b" flag:"c"`
		} `koanf:"a"`
	}
	var sameKey struct {
		A string `koanf:"a"`
		B string `koanf:"a"`
	}
	var reserved struct {
		A string `koanf:"a" flag:"help"`
	}
	var file struct {
		A string `koanf:"config" flag:"a"`
	}
	var noKey struct{ A string }
	var noType struct {
		A map[string]string `koanf:"a"`
	}
	tests := []struct {
		name, want string
		cfg        any
	}{
		{"same flag", `config: "c" and "a_b" both want the flag --a-b`, sameFlag},
		{"same variable", `config: "a.b" and "a_b" both want the environment variable P_A_B`, sameVariable},
		{"same key", `config: two fields have the key "a"`, sameKey},
		{"reserved flag", `config: "a" and the package config itself both want the flag --help`, reserved},
		{"reserved variable", `config: "config" and the package config itself both want the environment variable P_CONFIG`, file},
		{"no key", `config: field A needs a koanf tag with a key in snake case`, noKey},
		{"type", `config: field A has the type map[string]string, which cannot be set`, noType},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.EqualError(t, loadAny(test.cfg), test.want)
		})
	}
}

// loadAny loads a configuration of a type that only the table knows.
func loadAny(cfg any) error {
	return config.LoadValue("p", cfg)
}

func TestPrintConfig(t *testing.T) {
	var out bytes.Buffer
	_, err := config.Load("sluice-thing", defaults(), config.Input{
		Args:   []string{"--print-config", "--secret=hunter2", "--code=7", "--types="},
		Stdout: &out,
	})
	require.ErrorIs(t, err, config.ErrDone)
	require.Equal(t, `# name of the thing
name: thing
# how much to say
level: info
# types to take
types: []
# a share
ratio: 0.5
# where to listen
server:
  # address
  listen: 127.0.0.1:1
  # say more
  verbose: true
  # time to end
  drain_grace: 5s
  # largest size
  limit: 1MiB
  # how many
  streams: 7
  # where from
  offset: -1
# a password
secret: REDACTED
# a secret number
code: REDACTED
# any text unmarshaler works
started: 0001-01-01T00:00:00Z
`, out.String())
}

func TestHelpShowsFlagsDefaultsAndVariables(t *testing.T) {
	var out bytes.Buffer
	cfg := defaults()
	cfg.Secret = "hunter2"
	_, err := config.Load("sluice-thing", cfg, config.Input{Args: []string{"--help", "whatever"}, Stdout: &out})
	require.ErrorIs(t, err, config.ErrDone)
	for _, want := range []string{
		`--listen string                 address [$SLUICE_THING_SERVER_LISTEN] (default "127.0.0.1:1")`,
		`--server-limit size             largest size [$SLUICE_THING_SERVER_LIMIT] (default 1MiB)`,
		`--server-drain-grace duration   time to end [$SLUICE_THING_SERVER_DRAIN_GRACE] (default 5s)`,
		`--types list                    types to take [$SLUICE_THING_TYPES] (default .txt,.csv)`,
		`--server-verbose[=true|false]`,
		`--config file`,
		`--print-config`,
	} {
		require.Contains(t, out.String(), want)
	}
	require.NotContains(t, out.String(), "hunter2")
}

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	_, err := config.Load("sluice-thing", defaults(), config.Input{Args: []string{"--version"}, Stdout: &out})
	require.ErrorIs(t, err, config.ErrDone)
	require.Regexp(t, `^sluice-thing \S+ \(go1\..+\)\n$`, out.String())
}

func TestAnswerThatCannotBeWrittenIsAnError(t *testing.T) {
	for _, flag := range []string{"--help", "--version", "--print-config"} {
		_, err := config.Load("sluice-thing", defaults(), config.Input{Args: []string{flag}, Stdout: broken{}})
		require.NotErrorIs(t, err, config.ErrDone)
		require.ErrorIs(t, err, os.ErrClosed)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestPin(t *testing.T) {
	cfg := defaults()
	cfg.Ignored, cfg.private = nil, 0
	configtest.Pin(t, "sluice-thing", cfg)
}

func TestTheSettingsOfAnEmbeddedStructAreThoseOfTheStructAroundIt(t *testing.T) {
	type Common struct {
		Name string `koanf:"name" help:"a name"`
	}
	type outer struct {
		Common

		Size int `koanf:"size" help:"a size"`
	}
	got, err := config.Load("sluice-test", outer{Common: Common{Name: "default"}, Size: 1},
		config.Input{Args: []string{"--size", "2"}, Env: []string{"SLUICE_TEST_NAME=given"}, Stdout: io.Discard})
	require.NoError(t, err)
	require.Equal(t, outer{Common: Common{Name: "given"}, Size: 2}, got)
}
