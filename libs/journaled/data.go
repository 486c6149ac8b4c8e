package journaled

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// Store is what a service keeps its data in, as far as every service has it.
type Store interface {
	// Position returns how much of the journal the store has taken in: 0 when
	// it is new.
	Position(ctx context.Context) (journal.Position, error)
	// Producer returns what is known of a producer, or nil.
	Producer(ctx context.Context, key producer.Key) (*producer.State, error)
	// ForgetProducers forgets the producers whose last record is before the
	// given time, and the receipts from before the other. It is called while
	// nothing is applied.
	ForgetProducers(ctx context.Context, idleSince, receiptsBefore time.Time) (int, error)
	// Arrived returns what arrived on a day and after it, as far as the store has
	// taken it in.
	Arrived(ctx context.Context, since quota.Day) ([]quota.Arrived, error)
	// Checkpoint makes the store's files as small as they get.
	Checkpoint(ctx context.Context) error
	// Close closes the store.
	Close() error
}

// Folder says what a service keeps in its folder. All fields are required but
// for those of the encryption.
type Folder struct {
	// Dir is made when it is not there.
	Dir string
	// StoreFile is the name of the store's file in the folder.
	StoreFile string
	// Items is what the service calls what it takes in, in the plural, for the
	// log: points.
	Items   string
	Journal JournalConfig
	// Quota counts what arrives each day.
	Quota *quota.Daily
	Log   *zap.Logger
	// Encryption of the journal and the store. Its zero value is none.
	Encryption Encryption
	// ResolveKey finds the keys of a key management service. Without it an
	// outer key is in a file.
	ResolveKey seal.Resolver
}

// Data is the content of a folder that is open.
type Data[S Store] struct {
	Store     S
	Journal   *journal.Journal
	Producers *producer.Producers

	folder Folder
	// applied is how much of the journal the store had taken in when it was
	// opened.
	applied journal.Position
	// known are the producers, once they are there.
	known atomic.Pointer[producer.Producers]
	// closers close what was opened, in the order of opening.
	closers []func() error
}

// OpenStore opens a store, encrypted unless the key is zero.
type OpenStore[S Store] func(ctx context.Context, path string, key StoreKey) (S, error)

// Open opens a folder for this process alone, and its store with openStore. It
// tells the log what the journal has to say, and refuses a store that is older
// than its journal. The caller closes the data.
func Open[S Store](
	ctx context.Context, folder Folder, openStore OpenStore[S],
) (*Data[S], error) {
	d := &Data[S]{folder: folder}
	if err := d.open(ctx, openStore); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Data[S]) open(ctx context.Context, openStore OpenStore[S]) error {
	lock, err := datafolder.Acquire(d.folder.Dir)
	if err != nil {
		return err
	}
	d.closers = append(d.closers, lock.Release)
	if err := d.checkOwn(); err != nil {
		return d.inFolder(err)
	}
	keys, err := d.folder.openKeys(ctx)
	if err != nil {
		return err
	}
	if err := d.openStore(ctx, keys, openStore); err != nil {
		return d.inFolder(err)
	}
	if err := d.openJournal(keys); err != nil {
		return d.inFolder(err)
	}
	d.Producers = producer.New(d.Journal, d.Store.Producer, d.applied)
	d.Producers.CountWith(d.folder.Quota)
	d.known.Store(d.Producers)
	return nil
}

// checkOwn refuses the folder of another service, whose journal this one would
// take for its own.
func (d *Data[S]) checkOwn() error {
	files, err := os.ReadDir(d.folder.Dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if name := file.Name(); name != d.folder.StoreFile && filepath.Ext(name) == filepath.Ext(d.folder.StoreFile) {
			return fmt.Errorf("it has %s, the store of another service; name another data_dir", name)
		}
	}
	return nil
}

func (d *Data[S]) openStore(ctx context.Context, keys *seal.Keys, openStore OpenStore[S]) error {
	key, err := d.folder.openStoreKey(ctx, keys)
	if err != nil {
		return err
	}
	d.Store, err = openStore(ctx, filepath.Join(d.folder.Dir, d.folder.StoreFile), key)
	if err != nil {
		return err
	}
	d.closers = append(d.closers, d.Store.Close)
	if d.applied, err = d.Store.Position(ctx); err != nil {
		return err
	}
	// Yesterday's count still moves when what is in the journal came then.
	arrived, err := d.Store.Arrived(ctx, quota.DayOf(time.Now())-1)
	d.folder.Quota.Restore(arrived...)
	return err
}

func (d *Data[S]) openJournal(keys *seal.Keys) (err error) {
	options := d.folder.Journal.options(d.applied, d.rollback)
	options.Keys = journalKeys(keys)
	var recovery journal.Recovery
	d.Journal, recovery, err = journal.Open(filepath.Join(d.folder.Dir, "journal"), options)
	if err != nil {
		return err
	}
	d.closers = append(d.closers, d.Journal.Close)
	d.folder.tellEncryption(recovery)
	tellRecovery(recovery, d.applied, d.folder.Log)
	return d.checkTogether()
}

// rollback is called when the journal loses what it had received.
func (d *Data[S]) rollback(durable journal.Position, cause error) {
	d.folder.Log.Error("the journal failed; what it had received and not made durable is sent again", zap.Error(cause))
	if known := d.known.Load(); known != nil {
		known.Rollback(durable, storage.Failure(cause))
	}
}

// checkTogether refuses a store that is older than its journal: what lies
// between the two is nowhere.
func (d *Data[S]) checkTogether() error {
	if first := d.Journal.First(); d.applied < first {
		return fmt.Errorf("%s ends at position %d of the journal, which begins at %d: "+
			"the %s between are missing; restore both as they were at one time", d.folder.StoreFile, d.applied, first, d.folder.Items)
	}
	return nil
}

func (d *Data[S]) inFolder(err error) error {
	return fmt.Errorf("data folder %s: %w", d.folder.Dir, err)
}

// Close closes what was opened, in reverse.
func (d *Data[S]) Close() error {
	var errs []error
	for len(d.closers) > 0 {
		last := len(d.closers) - 1
		errs = append(errs, d.closers[last]())
		d.closers = d.closers[:last]
	}
	return errors.Join(errs...)
}
