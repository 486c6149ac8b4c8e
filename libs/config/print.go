package config

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

const redacted = "REDACTED"

// YAML returns a configuration as --print-config does, without secrets. cfg is a
// struct as [Load] takes it.
func YAML(cfg any) ([]byte, error) {
	settable := reflect.New(reflect.TypeOf(cfg))
	settable.Elem().Set(reflect.ValueOf(cfg))
	s, err := newSettings("", settable.Interface())
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = s.printYAML(&text)
	return text.Bytes(), err
}

// printYAML writes every setting in the struct's order, with its help as a
// comment, so that the output can serve as a file.
func (s *settings) printYAML(w io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range s.fields {
		parent, key := s.parent(root, f.path)
		value, err := f.node()
		if err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		addPair(parent, key, f.help, value)
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return err
	}
	_, err := text.WriteTo(w)
	return err
}

// parent returns the mapping that a path's last key goes to, and that key. It
// makes the sections on the way.
func (s *settings) parent(root *yaml.Node, path string) (*yaml.Node, string) {
	keys := strings.Split(path, ".")
	node := root
	for i, key := range keys[:len(keys)-1] {
		next := find(node, key)
		if next == nil {
			next = &yaml.Node{Kind: yaml.MappingNode}
			addPair(node, key, s.sections[strings.Join(keys[:i+1], ".")], next)
		}
		node = next
	}
	return node, keys[len(keys)-1]
}

// find returns the value of a key in a mapping, or nil.
func find(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

func addPair(mapping *yaml.Node, key, comment string, value *yaml.Node) {
	name := &yaml.Node{Kind: yaml.ScalarNode, Value: key, HeadComment: comment}
	mapping.Content = append(mapping.Content, name, value)
}

// node is the setting's value for printing. An empty secret is shown as empty,
// which tells that it is not set.
func (f *field) node() (*yaml.Node, error) {
	value := f.value.Interface()
	if f.secret && !f.value.IsZero() {
		value = redacted
	}
	node := &yaml.Node{}
	err := node.Encode(value)
	return node, err
}
