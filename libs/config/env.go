package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/v2"
)

// serviceLink matches what Kubernetes puts into the environment of every
// container for a service that has the program's name, behind the prefix. It
// is not ours to refuse.
var serviceLink = regexp.MustCompile(`^(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// fromEnv applies the variables that begin with the program's prefix.
func (s *settings) fromEnv(environ []string) error {
	k := koanf.New(".")
	// A variable that names no setting keeps its own name, which cannot be a
	// path, for apply to find.
	rename := func(name, value string) (string, any) {
		if f, ok := s.byEnv[name]; ok {
			return f.path, value
		}
		if name == s.fileEnv() || serviceLink.MatchString(strings.TrimPrefix(name, s.envPrefix())) {
			return "", nil
		}
		return name, value
	}
	provider := env.Provider(".", env.Opt{
		Prefix:        s.envPrefix(),
		TransformFunc: rename,
		EnvironFunc:   func() []string { return environ },
	})
	if err := k.Load(provider, nil); err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	return s.apply(k, func(f *field) string { return "environment " + f.env }, func(name string) error {
		return fmt.Errorf("environment: unknown variable %s%s", name, suggest(name, s.byEnv, "%s"))
	})
}
