package audit

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// Options are what a log works with. All are required.
type Options struct {
	// Service is in every event, and in sluice_<service>_audit_…, the names of the
	// metrics.
	Service    string
	Logger     *zap.Logger
	Registerer prometheus.Registerer

	// fs is the real one unless a test has another.
	fs fileSystem
}

// Log is an open audit log. Its methods are safe for concurrent use, and do
// nothing on a nil Log.
type Log struct {
	cfg     Config
	service string
	log     *zap.Logger
	metrics *metrics
	lock    *flock.Flock
	queue   *queue

	// writer belongs to the goroutine that writes until ended is closed.
	writer  *writer
	close   func() error
	closing chan struct{}
	ended   chan struct{}
	err     error
}

// Open continues the log that cfg names, or begins it, and locks it against other
// processes. Close it. Without a file it returns nil, a log that records nothing.
//
// An unfinished line at the end, which a crash leaves, is cut off and recorded.
// Open refuses a file whose last line does not hold.
func Open(cfg Config, opts Options) (*Log, error) {
	if cfg.File == "" {
		return nil, nil
	}
	if opts.fs == nil {
		opts.fs = disk{}
	}
	lock, err := acquire(cfg.File)
	if err != nil {
		return nil, err
	}
	w, cutOff, err := openWriter(opts.fs, cfg.File)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	l := &Log{
		cfg: cfg, service: opts.Service, log: opts.Logger.Named("audit"), lock: lock,
		metrics: newMetrics(opts.Service, opts.Registerer),
		queue:   newQueue(cfg.Required), writer: w,
		closing: make(chan struct{}), ended: make(chan struct{}),
	}
	l.close = sync.OnceValue(l.finish)
	l.tellHead("audit log opened", w.head)
	if cutOff > 0 {
		l.log.Warn("cut the unfinished end of the audit log off", zap.Int64("bytes", cutOff))
		l.Record(torn(cutOff))
	}
	go l.run()
	return l, nil
}

// acquire locks a file of its own, since the log's is renamed.
func acquire(path string) (*flock.Flock, error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	free, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the audit log: %w", err)
	}
	if !free {
		return nil, fmt.Errorf("the audit log %s is written by another process: stop it, or name another audit.file", path)
	}
	return lock, nil
}

// Record puts an event into the log, and waits while its queue is full; see the
// package's text for what happens while the log can't be written. It is durable
// about a second later. The event's maps are the log's from then on.
func (l *Log) Record(e Event) {
	if l == nil {
		return
	}
	e.Service = l.service
	l.metrics.count(l.queue.put(bounded(e)))
}

// Err is why calls are to be refused: the log is required and can't be written.
// Otherwise it is nil.
func (l *Log) Err() error {
	if l == nil || !l.cfg.Required {
		return nil
	}
	if err := l.queue.err(); err != nil {
		return problem.Because(problem.StorageFailed, err,
			"the audit log, which is required, can't be written; the operator sees why in the server's log. Try again later")
	}
	return nil
}

// RecordsReads tells whether calls that change nothing are recorded, too.
func (l *Log) RecordsReads() bool { return l != nil && l.cfg.Reads }

// Close writes and syncs what was recorded, and closes the log. What is recorded
// later is lost. It returns an error when events could not be written, and the
// same again when it is called again.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	return l.close()
}

func (l *Log) finish() error {
	l.queue.close()
	close(l.closing)
	<-l.ended
	return errors.Join(l.err, l.lock.Unlock())
}

func (l *Log) tellHead(text string, head chain.Head) {
	l.log.Info(text, zap.String("file", l.cfg.File),
		zap.Int64("head_sequence", head.Sequence), zap.Stringer("head_hash", head.Hash))
}

// interval is how often the file is synced, spans of floods are looked at, and
// a log that can't be written is tried again.
const interval = time.Second
