package apikey

import (
	"errors"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-ingest/sluice/libs/filelock"
	"github.com/sluice-ingest/sluice/libs/trustfile"
)

// document is the file's form.
type document struct {
	Keys []Key `yaml:"keys"`
}

// list is the key of the file's list.
const list = "keys"

// Load reads the set in the file at path. It refuses a file that others than
// its owner may write, fields it does not know, invalid keys and ids that
// appear twice; the error names the line.
func Load(path string) (*Set, error) {
	data, err := trustfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("keys file: %w", err)
	}
	set, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("keys file %s: %w", path, err)
	}
	return set, nil
}

func parse(data []byte) (*Set, error) {
	var doc document
	if err := trustfile.DecodeYAML(data, &doc); err != nil {
		return nil, err
	}
	set := &Set{}
	for i := range doc.Keys {
		if err := set.Add(doc.Keys[i]); err != nil {
			return nil, fmt.Errorf("line %d: %w", trustfile.LineOf(data, list, i), err)
		}
	}
	return set, nil
}

// Save replaces the file at path with set. The file keeps its owner, group and
// mode, and Save fails where it can't; a new one has mode 0600. It is whole at
// every moment, and durable when Save returns. Two writers need [Update].
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
	unlock, err := filelock.Lock(path + ".lock")
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
