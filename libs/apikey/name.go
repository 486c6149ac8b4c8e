package apikey

import (
	"fmt"
	"strings"
)

const nameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// NameRule is what a tenant and a key's subject are.
const NameRule = `1 to 64 characters of A-Z, a-z, 0-9, ".", "_" and "-"`

// CheckName returns an error unless name can be a tenant, or the subject of a
// key: 1 to 64 characters of A-Z, a-z, 0-9, ".", "_" and "-". what is the
// word for it in the error.
func CheckName(what, name string) error {
	if len(name) < 1 || len(name) > 64 || strings.Trim(name, nameCharacters) != "" {
		return fmt.Errorf("%s %q is not %s", what, name, NameRule)
	}
	return nil
}
