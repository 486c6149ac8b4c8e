package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// settings are the fields of a configuration struct, under all of their names.
type settings struct {
	program string
	// fields in the order of the struct.
	fields []*field
	byPath map[string]*field
	byEnv  map[string]*field
	byFlag map[string]*field
	// sections maps the path of a nested struct to its help.
	sections map[string]string
}

// field is one setting.
type field struct {
	path string // server.drain_timeout
	flag string // server-drain-timeout
	env  string // SLUICE_FILEUPLOAD_SERVER_DRAIN_TIMEOUT
	help string
	// secret values appear neither in output nor in errors.
	secret bool
	// value is the struct's field.
	value reflect.Value
}

// newSettings reads the struct that cfg points to. Its errors are mistakes in
// the struct.
func newSettings(program string, cfg any) (*settings, error) {
	s := &settings{
		program:  program,
		byPath:   map[string]*field{},
		byEnv:    map[string]*field{},
		byFlag:   map[string]*field{},
		sections: map[string]string{},
	}
	root := reflect.ValueOf(cfg).Elem()
	if root.Kind() != reflect.Struct {
		return nil, fmt.Errorf("config: %s is not a struct", root.Type())
	}
	err := s.addStruct(root, "")
	return s, err
}

func (s *settings) addStruct(value reflect.Value, prefix string) error {
	var errs []error
	for declared, v := range value.Fields() {
		if !declared.IsExported() || declared.Tag.Get("koanf") == "-" {
			continue
		}
		errs = append(errs, s.addField(declared, v, prefix))
	}
	return errors.Join(errs...)
}

func (s *settings) addField(declared reflect.StructField, v reflect.Value, prefix string) error {
	key := declared.Tag.Get("koanf")
	if declared.Anonymous && key == "" && isSection(v) {
		return s.addStruct(v, prefix) // Its settings are those of the struct around it.
	}
	if key == "" || strings.ContainsAny(key, ".,-") {
		return fmt.Errorf("config: field %s needs a koanf tag with a key in snake case", declared.Name)
	}
	path, help := prefix+key, declared.Tag.Get("help")
	if isSection(v) {
		s.sections[path] = help
		return s.addStruct(v, path+".")
	}
	if !supported(v) {
		return fmt.Errorf("config: field %s has the type %s, which cannot be set", declared.Name, v.Type())
	}
	return s.register(&field{
		path:   path,
		flag:   cmp.Or(declared.Tag.Get("flag"), strings.NewReplacer(".", "-", "_", "-").Replace(path)),
		env:    s.envPrefix() + strings.ToUpper(strings.ReplaceAll(path, ".", "_")),
		help:   help,
		secret: declared.Tag.Get("secret") == "true",
		value:  v,
	})
}

// register adds f unless another setting has one of its names.
func (s *settings) register(f *field) error {
	if _, taken := s.byPath[f.path]; taken {
		return fmt.Errorf("config: two fields have the key %q", f.path)
	}
	if other, taken := s.byFlag[f.flag]; taken || reservedFlags[f.flag] {
		return fmt.Errorf("config: %q and %s both want the flag --%s", f.path, nameOf(other), f.flag)
	}
	if other, taken := s.byEnv[f.env]; taken || f.env == s.fileEnv() {
		return fmt.Errorf("config: %q and %s both want the environment variable %s", f.path, nameOf(other), f.env)
	}
	s.fields = append(s.fields, f)
	s.byPath[f.path], s.byFlag[f.flag], s.byEnv[f.env] = f, f, f
	return nil
}

// nameOf names the owner of a name; nil stands for this package.
func nameOf(f *field) string {
	if f == nil {
		return "the package config itself"
	}
	return fmt.Sprintf("%q", f.path)
}

// envPrefix is what the names of the program's variables begin with.
func (s *settings) envPrefix() string {
	return strings.ToUpper(strings.ReplaceAll(s.program, "-", "_")) + "_"
}

// fileEnv is the variable that names the file.
func (s *settings) fileEnv() string { return s.envPrefix() + "CONFIG" }
