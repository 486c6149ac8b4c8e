package principal

import "slices"

// Scope is the permission to call some of a service's methods: a service and a
// verb. Package authorization says which method needs which.
type Scope string

// The scopes.
const (
	// All is every scope, those of later versions too.
	All Scope = "all"

	FilesWrite  Scope = "files:write"
	FilesRead   Scope = "files:read"
	FilesDelete Scope = "files:delete"
	// FilesQuarantine is for who looks at files in quarantine.
	FilesQuarantine Scope = "files:quarantine"
	PointsWrite     Scope = "points:write"
	PointsRead      Scope = "points:read"
	PointsDelete    Scope = "points:delete"
	LogsWrite       Scope = "logs:write"
	LogsRead        Scope = "logs:read"
	LogsDelete      Scope = "logs:delete"
	LogsAdmin       Scope = "logs:admin"
	StreamsRead     Scope = "streams:read"
	StreamsAdmin    Scope = "streams:admin"
	UsageRead       Scope = "usage:read"
)

// scopes are in the order in which they are shown.
var scopes = []Scope{
	All, FilesWrite, FilesRead, FilesDelete, FilesQuarantine, PointsWrite, PointsRead, PointsDelete,
	LogsWrite, LogsRead, LogsDelete, LogsAdmin, StreamsRead, StreamsAdmin, UsageRead,
}

// Scopes returns all scopes that there are, [All] first.
func Scopes() []Scope { return slices.Clone(scopes) }

// Known tells whether there is such a scope.
func (s Scope) Known() bool { return slices.Contains(scopes, s) }

// May tells whether the principal has a scope.
func (p Principal) May(scope Scope) bool {
	return slices.Contains(p.Scopes, scope) || slices.Contains(p.Scopes, All)
}
