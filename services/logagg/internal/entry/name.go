package entry

// Lengths of names in bytes.
const (
	MaxApplicationBytes = 255
	MaxFieldNameBytes   = 128
)

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

// IsApplication reports whether a text is the name of an application.
func IsApplication(name string) bool {
	return name != "" && len(name) <= MaxApplicationBytes && BeginsName(name[0]) && hasNameBytes(name)
}

// BeginsName reports whether the name of an application may begin with a byte.
func BeginsName(b byte) bool { return nameBytes[b] == begins }

// IsFieldName reports whether a text is the name of a field.
func IsFieldName(name string) bool {
	return name != "" && len(name) <= MaxFieldNameBytes && hasNameBytes(name)
}

func hasNameBytes(name string) bool {
	for i := range len(name) {
		if nameBytes[name[i]] == 0 {
			return false
		}
	}
	return true
}
