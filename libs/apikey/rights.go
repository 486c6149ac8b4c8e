package apikey

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-ingest/sluice/libs/principal"
)

// CheckRights returns an error unless there is at least one scope, every scope
// is known and no two are the same, and the patterns of allow are valid. It says
// what to write instead.
func CheckRights(scopes []principal.Scope, allow principal.Grants) error {
	if len(scopes) == 0 {
		return errors.New("scopes are missing: write for example scopes: [files:write], or scopes: [all] for everything")
	}
	for i, scope := range scopes {
		if !scope.Known() {
			return unknownScope(scope)
		}
		if slices.Contains(scopes[:i], scope) {
			return fmt.Errorf("scope %s is there twice: remove one", scope)
		}
	}
	if err := CheckGrants(allow); err != nil {
		return fmt.Errorf("allow: %w", err)
	}
	return nil
}

// CheckGrants returns an error unless the patterns are valid. It refuses an
// empty list too, which reads as if it allowed nothing and would allow every
// name.
func CheckGrants(allow principal.Grants) error {
	if err := allow.Validate(); err != nil {
		return err
	}
	for _, patterns := range []principal.Patterns{allow.Files, allow.Sources, allow.Applications} {
		if patterns != nil && len(patterns) == 0 {
			return errors.New("a list is empty: name what is allowed, or leave the list out to allow every name")
		}
	}
	return nil
}

func unknownScope(scope principal.Scope) error {
	known := make([]string, 0, len(principal.Scopes()))
	for _, s := range principal.Scopes() {
		known = append(known, string(s))
	}
	if best := closest(string(scope), known); best != "" {
		return fmt.Errorf("there is no scope %q; did you mean %s?", scope, best)
	}
	return fmt.Errorf("there is no scope %q; the scopes are %s", scope, strings.Join(known, ", "))
}
