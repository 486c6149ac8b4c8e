package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// The flags that every program has.
const (
	flagConfig      = "config"
	flagPrintConfig = "print-config"
	flagVersion     = "version"
	flagHelp        = "help"
)

var reservedFlags = map[string]bool{flagConfig: true, flagPrintConfig: true, flagVersion: true, flagHelp: true}

// commandLine is the command line, with the settings not applied yet.
type commandLine struct {
	flags                      *pflag.FlagSet
	file                       string
	help, version, printConfig bool
}

func (s *settings) parseFlags(args []string) (*commandLine, error) {
	line := s.commandLine()
	if err := line.flags.Parse(args); err != nil {
		hint := ""
		if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
			hint = suggest(unknown.GetSpecifiedName(), s.byFlag, "--%s")
		}
		return nil, fmt.Errorf("%w%s; see --help", err, hint)
	}
	if stray := line.flags.Args(); len(stray) > 0 && !line.help && !line.version {
		return nil, fmt.Errorf("unexpected argument %q; settings are flags, see --help", stray[0])
	}
	return line, nil
}

func (s *settings) commandLine() *commandLine {
	line := &commandLine{flags: pflag.NewFlagSet(s.program, pflag.ContinueOnError)}
	line.flags.SortFlags = false
	line.flags.Usage = func() {}
	for _, f := range s.fields {
		flag := line.flags.VarPF(&flagValue{field: f}, f.flag, "", f.help+" [$"+f.env+"]")
		if f.value.Kind() == reflect.Bool {
			flag.NoOptDefVal = "true"
		}
	}
	line.flags.StringVar(&line.file, flagConfig, "", "YAML `file` with settings [$"+s.fileEnv()+"]")
	line.flags.BoolVar(&line.printConfig, flagPrintConfig, false, "print the effective configuration as YAML and exit")
	line.flags.BoolVar(&line.version, flagVersion, false, "print the version and exit")
	line.flags.BoolVarP(&line.help, flagHelp, "h", false, "print this help and exit")
	return line
}

// fromFlags applies the flags that were given.
func (s *settings) fromFlags(line *commandLine) error {
	k := koanf.New(".")
	provider := posflag.ProviderWithFlag(line.flags, ".", nil, func(flag *pflag.Flag) (string, any) {
		given, ok := flag.Value.(*flagValue)
		if !ok {
			return "", nil
		}
		return given.field.path, strings.Join(given.given, ",")
	})
	if err := k.Load(provider, nil); err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	return s.apply(k, func(f *field) string { return "flag --" + f.flag }, func(key string) error {
		return fmt.Errorf("flags: unknown setting %q", key)
	})
}

// flagValue keeps what a flag was given until the other sources are applied.
// It is a [pflag.Value].
type flagValue struct {
	field *field
	given []string
}

// Set keeps the last value, or all of them for a list.
func (v *flagValue) Set(text string) error {
	if !isList(v.field.value) {
		v.given = nil
	}
	v.given = append(v.given, text)
	return nil
}

// String is the default, for --help.
func (v *flagValue) String() string {
	if v.field == nil || v.field.secret {
		return ""
	}
	return v.field.text()
}

// Type is the word for the value in --help.
func (v *flagValue) Type() string {
	switch name := typeName(v.field.value); name {
	case "whole number", "whole number from 0":
		return "number"
	default:
		return name
	}
}

// IsBoolFlag tells pflag that the flag needs no value.
func (v *flagValue) IsBoolFlag() bool { return v.field.value.Kind() == reflect.Bool }
