package apikey

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"go.yaml.in/yaml/v3"
)

// document is the file's form.
type document struct {
	Keys []Key `yaml:"keys"`
}

// Load reads the set in the file at path. It refuses a file that others than
// its owner may write, fields it does not know, invalid keys and ids that
// appear twice; the error names the line.
func Load(path string) (*Set, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open keys file: %w", err)
	}
	defer func() { _ = file.Close() }() // Nothing was written.
	if err := checkMode(file); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read keys file: %w", err)
	}
	set, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("keys file %s: %w", path, err)
	}
	return set, nil
}

// checkMode guards against the file in which anyone may add a key.
func checkMode(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("stat keys file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("keys file %s has mode %#o: others may write it; run chmod go-w on it", file.Name(), mode)
	}
	return nil
}

func parse(data []byte) (*Set, error) {
	var doc document
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	set := &Set{}
	for i := range doc.Keys {
		if err := set.Add(doc.Keys[i]); err != nil {
			return nil, fmt.Errorf("line %d: %w", lineOf(data, i), err)
		}
	}
	return set, nil
}

// lineOf returns the line on which the i-th key begins.
func lineOf(data []byte, i int) int {
	var doc struct {
		Keys []yaml.Node `yaml:"keys"`
	}
	if err := yaml.Unmarshal(data, &doc); err != nil || i >= len(doc.Keys) {
		return 0
	}
	return doc.Keys[i].Line
}

// Save replaces the file at path with set, with mode 0600. The file is whole
// at every moment, and durable when Save returns. Two writers need [Update].
func Save(path string, set *Set) error {
	data, err := yaml.Marshal(document{Keys: set.keys})
	if err != nil {
		return fmt.Errorf("encode keys file: %w", err)
	}
	if err := replace(path, data); err != nil {
		return fmt.Errorf("save keys file: %w", err)
	}
	return nil
}

// Update loads the file at path, changes its set and saves it, while no other
// Update of this file runs in any process. A missing file is an empty set. When
// change returns an error, nothing is saved and Update returns that error.
func Update(path string, change func(*Set) error) error {
	unlock, err := lock(path + ".lock")
	if err != nil {
		return fmt.Errorf("lock keys file: %w", err)
	}
	defer unlock()
	set, err := Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		set, err = &Set{}, nil
	}
	if err != nil {
		return err
	}
	if err := change(set); err != nil {
		return err
	}
	return Save(path, set)
}
