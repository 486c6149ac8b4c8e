package rules

import (
	"regexp"
	"slices"

	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/condition"
	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

// KeyReader returns the key for hashing from a file or a variable of the
// environment; one of the two names is empty.
type KeyReader func(file, variable string) ([]byte, error)

// off is the name of the action that detectors have beside the patterns'.
const off = "off"

// patternName is what the marks in place of secrets can bear.
var patternName = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_.-]*)?$`)

func (r *reader) redact(v value) redact.Config {
	keys := r.mapping(v, "detectors", "patterns", "hash_key_file", "hash_key_env")
	config := redact.Config{
		Detectors: r.detectors(keys["detectors"]),
		Patterns:  list(r, keys["patterns"], r.pattern),
	}
	config.HashKey = r.hashKey(v, keys["hash_key_file"], keys["hash_key_env"], hashes(config))
	return config
}

// detectors reads what the detectors do. Those that are not named replace, but
// that of e-mail addresses is off.
func (r *reader) detectors(v value) []redact.Detector {
	given := r.mapping(v, redact.Detectors()...)
	var on []redact.Detector
	for _, name := range redact.Detectors() {
		action, isOff := redact.Replace, name == "email"
		if chosen := given[name]; chosen.given() {
			action, isOff = r.action(chosen, off)
		}
		if !isOff {
			on = append(on, redact.Detector{Name: name, Action: action})
		}
	}
	return on
}

// action reads what redaction does; more is the name of nothing, if that is
// one.
func (r *reader) action(v value, more ...string) (action redact.Action, isOff bool) {
	actions := []redact.Action{redact.Replace, redact.Hash, redact.Drop}
	i, ok := r.oneOf(v, append([]string{"replace", "hash", "drop"}, more...)...)
	if !ok {
		return redact.Replace, false
	}
	if i == len(actions) {
		return redact.Replace, true
	}
	return actions[i], false
}

func (r *reader) pattern(name string, keys map[string]value, v value) redact.Pattern {
	result := redact.Pattern{Name: name, Action: redact.Replace}
	switch {
	case slices.Contains(redact.Detectors(), name):
		r.failf(v, "has the name of a detector; take another")
	case !patternName.MatchString(name):
		r.failf(v, "a pattern's name is 1 to %d letters, digits and _ . -, and begins with a letter or digit", maxName)
	}
	pattern := r.required(v, keys, "pattern")
	if text, ok := r.text(pattern); ok {
		compiled, err := condition.Pattern(text)
		switch {
		case err != nil:
			r.failf(pattern, "%s", err)
		case compiled.MatchString(""):
			r.failf(pattern, "the pattern must not match the empty text")
		}
		result.Regexp = compiled
	}
	if action := keys["action"]; action.given() {
		result.Action, _ = r.action(action)
	}
	return result
}

func hashes(config redact.Config) bool {
	for _, detector := range config.Detectors {
		if detector.Action == redact.Hash {
			return true
		}
	}
	for _, pattern := range config.Patterns {
		if pattern.Action == redact.Hash {
			return true
		}
	}
	return false
}

// minKey is the shortest key, in bytes.
const minKey = 16

func (r *reader) hashKey(v, file, variable value, needed bool) []byte {
	if file.given() && variable.given() {
		r.failf(variable, "name the key's file or its variable, not both")
		return nil
	}
	if !needed {
		return nil
	}
	if !file.given() && !variable.given() {
		r.failf(v, "the action hash needs a key: name its file in hash_key_file or its variable in hash_key_env")
		return nil
	}
	at := file
	if variable.given() {
		at = variable
	}
	fileName, _ := r.text(file)
	variableName, _ := r.text(variable)
	key, err := r.key(fileName, variableName)
	switch {
	case err != nil:
		r.failf(at, "%s", err)
	case len(key) < minKey:
		r.failf(at, "the key has to have at least %d bytes", minKey)
	}
	return key
}
