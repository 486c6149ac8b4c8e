package cli

import (
	"path"
	"strconv"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// encryptionKeyView is a key of a keyset as the command line shows it.
type encryptionKeyView struct {
	ID      string `json:"id"`
	Primary bool   `json:"primary"`
	Enabled bool   `json:"enabled"`
	Type    string `json:"type"`
}

func viewEncryptionKey(k seal.KeyInfo) encryptionKeyView {
	return encryptionKeyView{ID: keyID(k.ID), Primary: k.Primary, Enabled: k.Enabled, Type: path.Base(k.Type)}
}

func (k encryptionKeyView) id() string { return k.ID }

func (k encryptionKeyView) row() []string {
	return []string{k.ID, strconv.FormatBool(k.Primary), strconv.FormatBool(k.Enabled), k.Type}
}
