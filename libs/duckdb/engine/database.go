package engine

import (
	"errors"
	"fmt"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Setting is one of DuckDB's settings.
type Setting struct {
	Name, Value string
}

// Database is an open DuckDB file. It is safe for concurrent use, its
// connections are not.
type Database struct {
	handle mapping.Database
}

// Open opens the file and makes it when it is not there. The settings are made
// in their order. A process must not open a file twice.
func Open(path string, settings []Setting) (*Database, error) {
	var config mapping.Config
	if mapping.CreateConfig(&config) == mapping.StateError {
		return nil, errors.New("duckdb can't make a configuration")
	}
	defer mapping.DestroyConfig(&config)
	for _, s := range settings {
		if mapping.SetConfig(config, s.Name, s.Value) == mapping.StateError {
			return nil, fmt.Errorf("duckdb does not take %q for its setting %s", s.Value, s.Name)
		}
	}
	d := &Database{}
	var message string
	if mapping.OpenExt(path, &d.handle, config, &message) == mapping.StateError {
		return nil, &Error{Kind: kindOf(message), Message: message}
	}
	return d, nil
}

// Connect makes a connection. The caller closes it before the database.
func (d *Database) Connect() (*Conn, error) {
	c := &Conn{}
	if mapping.Connect(d.handle, &c.handle) == mapping.StateError {
		return nil, errors.New("duckdb gives no connection")
	}
	return c, nil
}

// Close folds the log into the file, where that is possible, and closes it.
func (d *Database) Close() { mapping.Close(&d.handle) }
