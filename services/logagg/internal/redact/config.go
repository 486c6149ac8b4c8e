package redact

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Action is what becomes of a secret.
type Action int

// The actions.
const (
	// Replace puts `[redacted:NAME]` in its place.
	Replace Action = iota
	// Hash puts `[NAME:hmac-sha256:HEX]` in its place: the first 16 hexadecimal
	// digits of its HMAC-SHA256, so that equal secrets stay comparable.
	Hash
	// Drop leaves nothing in its place. A field of which the name, or the whole
	// value, is a secret is dropped.
	Drop
)

// Detector switches one of Detectors on.
type Detector struct {
	Name   string
	Action Action
}

// Pattern finds what the operator calls a secret. Where Regexp has a group, the
// first one is the secret; otherwise the whole match is.
type Pattern struct {
	// Name is made of letters, digits, spaces and `_.-`, at most 64 of them.
	Name   string
	Regexp *regexp.Regexp
	Action Action
}

// Config of a Redactor. The zero value finds nothing.
type Config struct {
	Detectors []Detector
	Patterns  []Pattern
	// HashKey of at least 16 bytes, needed for Hash only. It is copied.
	HashKey []byte
}

const minHashKey = 16

var patternName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$`)

// Detectors returns the names of all detectors.
func Detectors() []string {
	return slices.Clone(detectorNames[:])
}

func (c Config) rules() ([]rule, error) {
	rules := make([]rule, 0, len(c.Detectors)+len(c.Patterns))
	for _, d := range c.Detectors {
		if !slices.Contains(detectorNames[:], d.Name) {
			return nil, fmt.Errorf("detector %q is unknown: use one of %s", d.Name, strings.Join(detectorNames[:], ", "))
		}
		rules = append(rules, rule{name: d.Name, action: d.Action})
	}
	for _, p := range c.Patterns {
		if !patternName.MatchString(p.Name) {
			return nil, fmt.Errorf("name %q of a pattern: use up to 64 letters, digits, spaces and _.-", p.Name)
		}
		if p.Regexp == nil {
			return nil, fmt.Errorf("pattern %q has no regular expression: give one", p.Name)
		}
		rules = append(rules, rule{name: p.Name, action: p.Action, pattern: p.Regexp})
	}
	return rules, c.check(rules)
}

func (c Config) check(rules []rule) error {
	seen := make(map[string]bool, len(rules))
	for _, r := range rules {
		switch {
		case seen[r.name], r.pattern != nil && slices.Contains(detectorNames[:], r.name):
			return fmt.Errorf("%q is named twice: give every detector and pattern a name of its own, once", r.name)
		case r.action < Replace || r.action > Drop:
			return fmt.Errorf("action %d of %q is unknown: use Replace, Hash or Drop", r.action, r.name)
		case r.action == Hash && len(c.HashKey) < minHashKey:
			return fmt.Errorf("%q is to be hashed: %w", r.name, errHashKey)
		}
		seen[r.name] = true
	}
	return nil
}

var errHashKey = errors.New("give a hash key of at least 16 bytes")
