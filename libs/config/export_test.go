package config

import "reflect"

// LoadValue loads a configuration whose type is only known when the test runs.
func LoadValue(program string, cfg any) error {
	pointer := reflect.New(reflect.TypeOf(cfg))
	_, err := newSettings(program, pointer.Interface())
	return err
}
