package auth

import "strings"

// changes are the names of what another state has more, otherwise or no more.
type changes struct {
	added, changed, removed []string
}

func (c changes) empty() bool { return len(c.added)+len(c.changed)+len(c.removed) == 0 }

func (c changes) String() string {
	var parts []string
	for _, part := range []struct {
		what  string
		names []string
	}{{"added", c.added}, {"changed", c.changed}, {"removed", c.removed}} {
		if len(part.names) > 0 {
			parts = append(parts, part.what+" "+strings.Join(part.names, ", "))
		}
	}
	if len(parts) == 0 {
		return "nothing that counts"
	}
	return strings.Join(parts, "; ")
}
