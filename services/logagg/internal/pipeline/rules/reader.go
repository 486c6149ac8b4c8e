package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/condition"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/suggest"
)

// maxProblems is how many problems of a file are told.
const maxProblems = 50

// reader takes a document apart and gathers what is wrong with it.
type reader struct {
	lines    [][]byte // The source's.
	key      KeyReader
	problems []problem

	// plain and enriching are the environments of CEL, and environment is the
	// one in use.
	plain, enriching, environment *condition.Environment
}

type problem struct {
	line int
	text string
}

// value is a node and the way to it.
type value struct {
	node *yaml.Node
	path string
}

func newReader(source []byte, key KeyReader) (*reader, error) {
	plain, err := condition.NewEnvironment()
	if err != nil {
		return nil, err
	}
	enriching, err := plain.WithCategory()
	if err != nil {
		return nil, err
	}
	return &reader{lines: bytes.Split(source, []byte("\n")), key: key, plain: plain, enriching: enriching, environment: plain}, nil
}

// document returns the root of the source's one document, nil when it is empty.
func document(source []byte) (*yaml.Node, error) {
	if len(source) > maxSize {
		return nil, fmt.Errorf("the rules have %d bytes; at most %d are taken", len(source), maxSize)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var root, more yaml.Node
	err := decoder.Decode(&root)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		return nil, fmt.Errorf("line %d: a second document; the rules have to be one", more.Line)
	case !errors.Is(err, io.EOF):
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(root.Content) == 0 {
		return nil, nil
	}
	return root.Content[0], nil
}

// failf takes a problem down.
func (r *reader) failf(at value, format string, args ...any) {
	line := 1
	if at.node != nil {
		line = at.node.Line
	}
	r.failAtf(line, at, format, args...)
}

func (r *reader) failAtf(line int, at value, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if at.path != "" {
		text = at.path + ": " + text
	}
	r.problems = append(r.problems, problem{line: line, text: text})
}

// err returns the problems in the order of their lines, or nil.
func (r *reader) err() error {
	slices.SortStableFunc(r.problems, func(a, b problem) int { return a.line - b.line })
	var problems []error
	for i, p := range r.problems {
		if i == maxProblems {
			problems = append(problems, fmt.Errorf("and %d more", len(r.problems)-i))
			break
		}
		problems = append(problems, fmt.Errorf("line %d: %s", p.line, p.text))
	}
	return errors.Join(problems...)
}

// given tells whether there is a value that is not null.
func (v value) given() bool { return v.node != nil && v.node.Tag != "!!null" }

// at returns the i-th element of a list.
func (v value) at(i int) value {
	return value{node: resolve(v.node.Content[i]), path: fmt.Sprintf("%s[%d]", v.path, i)}
}

// under returns the way to a key.
func (v value) under(key string) string {
	if v.path == "" {
		return key
	}
	return v.path + ": " + key
}

// resolve follows an alias.
func resolve(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// pair is a key of a mapping with its value.
type pair struct {
	key string
	// node is the key's, for its line.
	node  *yaml.Node
	value value
}

// entries returns the pairs of a mapping in the order of the file; none when it
// is not given.
func (r *reader) entries(v value) []pair {
	if !v.given() {
		return nil
	}
	if v.node.Kind != yaml.MappingNode {
		r.failf(v, "has to be keys with values, not %s", kindOf(v.node))
		return nil
	}
	var pairs []pair
	seen := map[string]bool{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, node := resolve(v.node.Content[i]), resolve(v.node.Content[i+1])
		at := value{node: key, path: v.path}
		switch {
		case key.Kind != yaml.ScalarNode:
			r.failf(at, "a key has to be a text, not %s", kindOf(key))
			continue
		case seen[key.Value]:
			r.failf(at, "%q stands twice", key.Value)
			continue
		}
		seen[key.Value] = true
		pairs = append(pairs, pair{key: key.Value, node: key, value: value{node: node, path: v.under(key.Value)}})
	}
	return pairs
}

// notEmpty refuses a key without a value: no condition would stand for all
// entries.
func (r *reader) notEmpty(v value) {
	if v.node != nil && !v.given() {
		r.failf(v, "has no value")
	}
}

// mapping returns the values by key, and refuses keys that are not known.
func (r *reader) mapping(v value, known ...string) map[string]value {
	values := map[string]value{}
	for _, p := range r.entries(v) {
		if !slices.Contains(known, p.key) {
			r.failf(value{node: p.node, path: v.path}, "%q is not known%s", clip(p.key), suggest.Of(clip(p.key), known))
			continue
		}
		values[p.key] = p.value
	}
	return values
}

func kindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "keys with values"
	default:
		return fmt.Sprintf("%q", clip(node.Value))
	}
}

func clip(text string) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(text[:40], "") + "…"
	}
	return text
}
