package condition

import (
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Vars lets expressions see an entry. It belongs to one goroutine.
//
// A text that an expression asks for costs one small allocation; Vars keeps it
// for the expressions that follow.
type Vars struct {
	entry  *entry.Entry
	fields fields

	application, message, category ref.Val
}

var _ cel.Activation = (*Vars)(nil)

// Set makes e the entry that expressions see, also when it is the one they saw
// before and has changed. Fields are always seen as they are. Nil lets go of
// the entry.
func (v *Vars) Set(e *entry.Entry) {
	*v = Vars{entry: e, fields: fields{entry: e}}
}

// ResolveName returns the value of a variable.
func (v *Vars) ResolveName(name string) (any, bool) {
	switch name {
	case "level":
		return types.Int(v.entry.Level), true
	case "message":
		v.message = valueOf(v.message, v.entry.Message)
		return v.message, true
	case "fields":
		return &v.fields, true
	case "application":
		v.application = valueOf(v.application, v.entry.Application)
		return v.application, true
	case "category":
		v.category = valueOf(v.category, v.entry.Category)
		return v.category, true
	case "level_name":
		return levelName(v.entry.Level), true
	case "timestamp":
		return types.Timestamp{Time: time.Unix(0, v.entry.Timestamp).UTC()}, true
	}
	return nil, false
}

// Parent returns none.
func (v *Vars) Parent() cel.Activation { return nil }

// valueOf returns what was kept, or a value of the text.
func valueOf(kept ref.Val, text string) ref.Val {
	if kept != nil {
		return kept
	}
	return types.String(text)
}
