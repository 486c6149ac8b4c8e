package rules

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// keysOf are the keys that the rules of a list have beside their name.
func keysOf(path string) []string {
	switch path {
	case "filter":
		return []string{"name", "when", "action", "rate", "by"}
	case "classify":
		return []string{"name", "when", "category"}
	case "enrich":
		return []string{"name", "when", "set", "overwrite"}
	default:
		return []string{"name", "pattern", "action"}
	}
}

// list reads the rules of a stage, each of which has a name of its own.
func list[T any](r *reader, v value, read func(name string, keys map[string]value, rule value) T) []T {
	if !v.given() {
		return nil
	}
	if v.node.Kind != yaml.SequenceNode {
		r.failf(v, "has to be a list, not %s", kindOf(v.node))
		return nil
	}
	if n := len(v.node.Content); n > maxRules {
		r.failf(v, "has %d rules; at most %d are taken", n, maxRules)
		return nil
	}
	rules := make([]T, 0, len(v.node.Content))
	lines := map[string]int{}
	for i := range v.node.Content {
		rule := v.at(i)
		if !rule.given() || rule.node.Kind != yaml.MappingNode {
			r.failf(rule, "has to be keys with values, not %s", kindOf(rule.node))
			continue
		}
		name := r.ruleName(&rule, lines)
		keys := r.mapping(rule, keysOf(v.path)...)
		for _, key := range keysOf(v.path) {
			r.notEmpty(keys[key])
		}
		rules = append(rules, read(name, keys, rule))
	}
	return rules
}

// ruleName reads the name of a rule and puts it into its path.
func (r *reader) ruleName(rule *value, lines map[string]int) string {
	at := value{}
	for i := 0; i+1 < len(rule.node.Content); i += 2 {
		if rule.node.Content[i].Value == "name" {
			at = value{node: resolve(rule.node.Content[i+1]), path: rule.under("name")}
		}
	}
	if !at.given() {
		r.failf(*rule, "needs a name")
		return ""
	}
	name, ok := r.name(at)
	if !ok {
		return ""
	}
	rule.path = fmt.Sprintf("%s %q", rule.path, name)
	if line, twice := lines[name]; twice {
		r.failf(*rule, "has the name of the rule on line %d", line)
	}
	lines[name] = rule.node.Line
	return name
}
