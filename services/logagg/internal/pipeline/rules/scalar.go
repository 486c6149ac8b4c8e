package rules

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/suggest"
)

// required returns a key's value, and takes a problem down when it is missing.
func (r *reader) required(rule value, keys map[string]value, key string) value {
	v := keys[key]
	if v.node == nil {
		r.failf(rule, "needs %q", key)
		return value{}
	}
	return v
}

// text reads a text. ok is false when there is none, and for something else.
func (r *reader) text(v value) (text string, ok bool) {
	if !v.given() {
		return "", false
	}
	if v.node.Kind != yaml.ScalarNode {
		r.failf(v, "has to be a text, not %s", kindOf(v.node))
		return "", false
	}
	return v.node.Value, true
}

func (r *reader) oneOf(v value, words ...string) (index int, ok bool) {
	text, ok := r.text(v)
	if !ok {
		return 0, false
	}
	if index = slices.Index(words, text); index < 0 {
		r.failf(v, "%q is not known; take one of %s%s", clip(text), strings.Join(words, ", "), suggest.Of(text, words))
		return 0, false
	}
	return index, true
}

func (r *reader) name(v value) (name string, ok bool) {
	name, ok = r.text(v)
	if ok && (len(name) > maxName || !entry.IsFieldName(name)) {
		r.failf(v, "has to be 1 to %d letters, digits and _ . : / @ -", maxName)
		return "", false
	}
	return name, ok
}

func (r *reader) share(v value) float64 {
	text, ok := r.text(v)
	if !ok {
		return 0
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate >= 0 && rate <= 1) {
		r.failf(v, "has to be a number from 0 to 1")
		return 0
	}
	return rate
}

func (r *reader) boolean(v value) bool {
	i, _ := r.oneOf(v, "false", "true")
	return i == 1
}

func isLevelName(name string) bool {
	if name == "" || len(name) > 32 {
		return false
	}
	for i := range len(name) {
		if name[i] <= ' ' || name[i] >= 0x7f {
			return false
		}
	}
	return true
}
