package trustfile

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// DecodeYAML fills the struct that into points to. It refuses fields that the
// struct has not and a second document; its errors name the line. An empty file
// leaves the struct as it is.
func DecodeYAML(data []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the first document: put everything into one")
	}
	return nil
}

// LineOf returns the line on which the i-th item of the list under key begins,
// and 0 when there is none.
func LineOf(data []byte, key string, i int) int {
	var lists map[string][]yaml.Node
	if err := yaml.Unmarshal(data, &lists); err != nil || i >= len(lists[key]) {
		return 0
	}
	return lists[key][i].Line
}
