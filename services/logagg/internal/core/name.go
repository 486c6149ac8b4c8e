package core

// Where a byte may stand in the name of an application or field.
const (
	goesOn = 1
	begins = 2
)

var nameBytes = func() (table [256]byte) {
	for _, b := range []byte("_.:/@-") {
		table[b] = goesOn
	}
	for _, b := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		table[b] = begins
	}
	return table
}()

// isApplication reports whether a text is the name of an application.
func isApplication(name string) bool {
	return name != "" && len(name) <= maxApplicationBytes && nameBytes[name[0]] == begins && hasNameBytes(name)
}

// isFieldName reports whether a text is the name of a field.
func isFieldName(name string) bool {
	return name != "" && len(name) <= maxFieldNameBytes && hasNameBytes(name)
}

func hasNameBytes(name string) bool {
	for i := range len(name) {
		if nameBytes[name[i]] == 0 {
			return false
		}
	}
	return true
}
