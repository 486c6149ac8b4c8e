package redact

import (
	"bytes"
	"regexp"
	"strings"
)

// detector is a built-in rule, by its place in detectorNames.
type detector int

const (
	credentials detector = iota
	authorization
	jwt
	privateKey
	cloudKey
	card
	email

	detectorCount
)

var detectorNames = [detectorCount]string{
	"credentials", "authorization", "jwt", "private-key", "cloud-key", "card", "email",
}

// rule is a detector or a pattern that is switched on.
type rule struct {
	name    string
	action  Action
	pattern *regexp.Regexp // nil: a detector
}

// Redactor takes secrets out of texts. It is immutable and safe for concurrent
// use.
type Redactor struct {
	rules []rule
	// of has the rule of each detector, or -1.
	of       [detectorCount]int
	patterns []int
	triggers [256]trigger
	keys     keyIndex
	vendors  vendorIndex
	marks    map[string]bool // names that a replacement may bear
	hashKey  []byte
}

// New returns a redactor. Its error names the detector or pattern at fault.
func New(config Config) (*Redactor, error) {
	rules, err := config.rules()
	if err != nil {
		return nil, err
	}
	r := &Redactor{rules: rules, marks: make(map[string]bool), hashKey: bytes.Clone(config.HashKey)}
	for d, name := range detectorNames {
		r.of[d] = -1
		r.marks[name] = true
	}
	for i, rule := range rules {
		r.marks[rule.name] = true
		if rule.pattern != nil {
			r.patterns = append(r.patterns, i)
			continue
		}
		for d, name := range detectorNames {
			if name == rule.name {
				r.of[d] = i
			}
		}
	}
	r.triggers = triggersOf(r.has)
	r.keys = newKeyIndex(r.has)
	r.vendors = newVendorIndex()
	return r, nil
}

func (r *Redactor) has(d detector) bool { return r.of[d] >= 0 }

// Names returns the detectors and then the patterns in the order of the Config.
func (r *Redactor) Names() []string {
	names := make([]string, len(r.rules))
	for i := range r.rules {
		names[i] = r.rules[i].name
	}
	return names
}

// Message returns a text without its secrets: the text itself where there are
// none. It calls hit, which may be nil, once for each rule that took something
// out, with its index in Names.
func (r *Redactor) Message(text string, hit func(rule int)) string {
	s := scan{r: r, text: text}
	s.run()
	if len(s.spans) == 0 {
		return text
	}
	result, _ := s.settled(r.tally(hit))
	return result
}

// Field returns a field without its secrets. The name may tell that the value is
// one: then all of the value is taken out. Where keep is false the field is to
// be dropped. Two names may become the same one. See Message for hit; a rule that
// is hit in name and value is told once.
func (r *Redactor) Field(name, value string, hit func(rule int)) (newName, newValue string, keep bool) {
	n, v := scan{r: r, text: name}, scan{r: r, text: value, id: strings.HasSuffix(name, "id") || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "ID")}
	n.run()
	v.run()
	v.named(name)
	if len(n.spans)+len(v.spans) == 0 {
		return name, value, true
	}
	tell := r.tally(hit)
	newName, dropName := n.settled(tell)
	newValue, dropValue := v.settled(tell)
	dropAll := dropValue && newValue == ""
	return newName, newValue, !dropName && !dropAll
}

// tally lets a rule be told once.
func (r *Redactor) tally(hit func(rule int)) func(rule int) {
	told := make([]bool, len(r.rules))
	return func(rule int) {
		if hit != nil && !told[rule] {
			told[rule] = true
			hit(rule)
		}
	}
}
