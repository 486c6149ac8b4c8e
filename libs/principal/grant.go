package principal

import (
	"fmt"
	"strings"
)

// Grants narrow what a principal may touch within its scopes, for writing,
// reading and deleting alike. The zero value narrows nothing.
type Grants struct {
	// Files are the names of files.
	Files Patterns `yaml:"files,omitempty" json:"files,omitempty"`
	// Sources are the sources of data points.
	Sources Patterns `yaml:"sources,omitempty" json:"sources,omitempty"`
	// Applications are those of log entries.
	Applications Patterns `yaml:"applications,omitempty" json:"applications,omitempty"`
}

// Validate returns an error that names the pattern to mend.
func (g Grants) Validate() error {
	for kind, patterns := range map[string]Patterns{"files": g.Files, "sources": g.Sources, "applications": g.Applications} {
		if err := patterns.validate(); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

// Patterns are names, or beginnings of names that end with *. None at all allow
// every name.
type Patterns []string

// Unlimited tells whether every name is allowed.
func (p Patterns) Unlimited() bool { return len(p) == 0 }

// Allow tells whether a name is allowed. It allocates nothing.
func (p Patterns) Allow(name string) bool {
	if p.Unlimited() {
		return true
	}
	for _, pattern := range p {
		if beginning, ok := strings.CutSuffix(pattern, "*"); ok && strings.HasPrefix(name, beginning) || pattern == name {
			return true
		}
	}
	return false
}

// AllowBytes is [Patterns.Allow] for a name in bytes.
func (p Patterns) AllowBytes(name []byte) bool {
	if p.Unlimited() {
		return true
	}
	for _, pattern := range p {
		beginning, ok := strings.CutSuffix(pattern, "*")
		if ok && len(name) >= len(beginning) && string(name[:len(beginning)]) == beginning || string(name) == pattern {
			return true
		}
	}
	return false
}

func (p Patterns) validate() error {
	for _, pattern := range p {
		if pattern == "" {
			return fmt.Errorf("a pattern is empty: write a name, or a beginning and *")
		}
		if i := strings.IndexByte(pattern, '*'); i >= 0 && i < len(pattern)-1 {
			return fmt.Errorf("pattern %q has a * before its end: only beginnings can be allowed", pattern)
		}
	}
	return nil
}
