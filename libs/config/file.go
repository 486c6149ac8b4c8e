package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// fromFile applies the file that the command line or the environment names.
func (s *settings) fromFile(line *commandLine, env []string) error {
	path := line.file
	if path == "" {
		path = lookup(env, s.fileEnv())
	}
	if path == "" {
		return nil
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	return s.apply(k, func(f *field) string { return path + ": " + f.path }, func(key string) error {
		return s.unknownKey(path, key, k.Get(key))
	})
}

// unknownKey is the error of a key that names no setting, or nil for a section
// without settings.
func (s *settings) unknownKey(path, key string, value any) error {
	_, section := s.sections[key]
	switch {
	case section && isEmpty(value):
		return nil
	case section:
		return fmt.Errorf("%s: %s is a section; its settings go below it", path, key)
	}
	for whole := key; strings.Contains(whole, "."); {
		whole = whole[:strings.LastIndexByte(whole, '.')]
		if _, setting := s.byPath[whole]; setting {
			return fmt.Errorf("%s: unknown key %q; %s is one setting: write its value as one text, behind %s: |", path, key, whole,
				whole[strings.LastIndexByte(whole, '.')+1:])
		}
	}
	return fmt.Errorf("%s: unknown key %q%s", path, key, suggest(key, s.byPath, `"%s"`))
}

func isEmpty(value any) bool {
	v := reflect.ValueOf(value)
	return !v.IsValid() || v.Kind() == reflect.Map && v.Len() == 0
}

// apply sets every setting that a source has. name is how the source calls a
// setting; unknown makes the error of a key that names none.
func (s *settings) apply(source *koanf.Koanf, name func(*field) string, unknown func(key string) error) error {
	var errs []error
	for _, key := range source.Keys() {
		f, ok := s.byPath[key]
		if !ok {
			errs = append(errs, unknown(key))
			continue
		}
		if err := f.set(source.Get(key)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name(f), err))
		}
	}
	return errors.Join(errs...)
}

// lookup returns the value of a variable; the last one wins.
func lookup(env []string, name string) string {
	value := ""
	for _, entry := range env {
		if text, ok := strings.CutPrefix(entry, name+"="); ok {
			value = text
		}
	}
	return value
}
