package journaled

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/seal"
)

// Encryption is the section encryption of a service's configuration. Sluice
// seals the journal itself. The store is DuckDB's, which encrypts only with the
// crypto of its extension httpfs; without that, with a key, the operator has to
// state that the volume is encrypted.
type Encryption struct {
	seal.Config

	VolumeEncrypted bool   `koanf:"volume_encrypted" help:"states that the volume of data_dir is encrypted by the system, as Sluice can't see; with encryption.key the store may be left to it"`
	DuckDBExtension string `koanf:"duckdb_extension" help:"file of DuckDB's extension httpfs for this version of DuckDB, whose crypto then encrypts the store with a key under encryption.key"`
}

// Validate returns every setting that can't be used. storeFile is the name of
// the service's store.
func (e Encryption) Validate(storeFile string) error {
	return errors.Join(
		e.Config.Validate(),
		check(e.Enabled() || e.DuckDBExtension == "", "encryption.duckdb_extension needs encryption.key, which its key is kept under"),
		check(!e.Enabled() || e.VolumeEncrypted || e.DuckDBExtension != "", "encryption.key is set, and "+storeFile+
			" would stay plain all the same, since DuckDB encrypts only with the crypto of its extension httpfs: "+
			"put data_dir on an encrypted volume and set encryption.volume_encrypted, "+
			"or name the file of that extension in encryption.duckdb_extension"),
	)
}

// encryptsStore reports whether DuckDB is to encrypt the store.
func (e Encryption) encryptsStore() bool { return e.DuckDBExtension != "" }

// openKeys opens the outer key, nil when none is configured.
func (f Folder) openKeys(ctx context.Context) (*seal.Keys, error) {
	if !f.Encryption.Enabled() {
		return nil, nil
	}
	return seal.Open(ctx, f.Encryption.Config, f.ResolveKey)
}

// journalKeys are the keys of a journal, or none.
func journalKeys(keys *seal.Keys) journal.Keys {
	if keys == nil {
		return nil
	}
	return journal.KeysOf(keys)
}

// tellEncryption says in the log what is encrypted on the disk, by whom, and
// what is not.
func (f Folder) tellEncryption(r journal.Recovery) {
	e := f.Encryption
	if !e.Enabled() && !e.VolumeEncrypted {
		f.Log.Info("nothing is encrypted at rest: the journal and " + f.StoreFile + " are stored plain; see encryption.key")
		return
	}
	f.Log.Info("encryption at rest", zap.String("journal", e.ofJournal(r)), zap.String("store", e.ofStore(f.StoreFile)))
}

func (e Encryption) ofJournal(r journal.Recovery) string {
	plain := r.Records - r.SealedRecords
	switch {
	case !e.Enabled():
		return "not by Sluice; by the volume, as encryption.volume_encrypted states"
	case plain > 0:
		return fmt.Sprintf("new records by Sluice; %d records from before there was a key stay plain until they are trimmed", plain)
	}
	return "by Sluice"
}

func (e Encryption) ofStore(file string) string {
	switch {
	case e.encryptsStore() && e.VolumeEncrypted:
		return file + " by DuckDB, and by the volume, as encryption.volume_encrypted states"
	case e.encryptsStore():
		return file + " by DuckDB"
	}
	return file + " not by Sluice or DuckDB; by the volume, as encryption.volume_encrypted states"
}
