package config

import (
	"errors"
	"fmt"
	"io"
)

// ErrDone says that --help, --version or --print-config was asked for and has
// been answered. The program should end with success.
var ErrDone = errors.New("config: answered what was asked for, nothing to run")

// Input is what a program was started with.
type Input struct {
	// Args are the arguments without the program's name.
	Args []string
	// Env is the environment in the form of [os.Environ].
	Env []string
	// Stdout takes the answers to --help, --version and --print-config. nil
	// discards them.
	Stdout io.Writer
}

// Validator is a configuration that can tell whether its values fit together.
type Validator interface {
	Validate() error
}

// Load returns defaults overridden by the file, the environment and the flags
// of in. If C or *C is a [Validator], it is asked last.
//
// It returns [ErrDone] when the program should end at once with success. Any
// other error names every setting at fault and its source. Load changes nothing
// that defaults refers to.
func Load[C any](program string, defaults C, in Input) (C, error) {
	cfg := defaults
	s, err := newSettings(program, &cfg)
	if err != nil {
		return cfg, err
	}
	if in.Stdout == nil {
		in.Stdout = io.Discard
	}
	err = s.load(&cfg, in)
	return cfg, err
}

func (s *settings) load(cfg any, in Input) error {
	line, err := s.parseFlags(in.Args)
	if err != nil {
		return err
	}
	switch {
	case line.help:
		return done(s.printHelp(in.Stdout))
	case line.version:
		return done(s.printVersion(in.Stdout))
	}
	if err := errors.Join(s.fromFile(line, in.Env), s.fromEnv(in.Env), s.fromFlags(line)); err != nil {
		return err
	}
	if v, ok := cfg.(Validator); ok {
		if err := v.Validate(); err != nil {
			return fmt.Errorf("configuration: %w", err)
		}
	}
	if line.printConfig {
		return done(s.printYAML(in.Stdout))
	}
	return nil
}

// done turns a successful answer into [ErrDone].
func done(err error) error {
	if err != nil {
		return fmt.Errorf("answer on standard output: %w", err)
	}
	return ErrDone
}
