// Package entry is what a log entry is on its way through the service.
package entry

// Entry is one log entry. What its strings refer to, and for how long, is said
// by who makes it.
type Entry struct {
	// ID is the number of the entry in the order in which entries were accepted,
	// from 1; 0 until the store's order is known.
	ID          int64
	Application string
	Level       Level
	// Timestamp in Unix nanoseconds.
	Timestamp int64
	Message   string
	// Fields in the order sent; no two have the same name.
	Fields []Field
	// Category that a rule gave. Empty: none.
	Category string
	// Redacted tells whether something was taken out.
	Redacted bool

	// LevelText is the level as it was sent. It is not stored.
	LevelText string
}

// Field is one field of an entry.
type Field struct {
	Name, Value string
}

// Field returns the value of a field, or the empty text.
func (e *Entry) Field(name string) string {
	for i := range e.Fields {
		if e.Fields[i].Name == name {
			return e.Fields[i].Value
		}
	}
	return ""
}
