package server

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/trustfile"
)

// tlsCheckInterval is how long a change of a file can go unseen.
const tlsCheckInterval = time.Second

// tlsFiles gives each handshake what the files have.
type tlsFiles struct {
	cfg     TLS
	log     *zap.Logger
	changed func(setting, detail string)

	current atomic.Pointer[tls.Config]
	dueAt   atomic.Int64 // The next look at the files, in Unix nanoseconds.

	mu    sync.Mutex // Held while the files are looked at.
	watch *trustfile.Watch
}

func openTLS(cfg TLS, log *zap.Logger, changed func(setting, detail string)) (*tlsFiles, error) {
	paths := []string{cfg.CertFile, cfg.KeyFile}
	if cfg.ClientCAFile != "" {
		paths = append(paths, cfg.ClientCAFile)
	}
	watch, err := trustfile.NewWatch(paths...)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	loaded, err := cfg.load()
	if err != nil {
		return nil, err
	}
	f := &tlsFiles{cfg: cfg, log: log, changed: changed, watch: watch}
	f.current.Store(loaded)
	f.postpone(time.Now())
	return f, nil
}

// config is what the server listens with.
func (f *tlsFiles) config() *tls.Config {
	return &tls.Config{
		MinVersion: f.cfg.MinVersion.number(),
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			f.refresh(time.Now())
			return f.current.Load(), nil
		},
	}
}

func (f *tlsFiles) postpone(now time.Time) { f.dueAt.Store(now.Add(tlsCheckInterval).UnixNano()) }

// refresh looks at the files when it is time. Handshakes wait for the one that
// looks, so that none goes by files that are older than the interval.
func (f *tlsFiles) refresh(now time.Time) {
	if now.UnixNano() < f.dueAt.Load() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.UnixNano() < f.dueAt.Load() {
		return // Another handshake was quicker.
	}
	f.reload()
	f.postpone(now)
}

func (f *tlsFiles) reload() {
	changed, err := f.watch.Changed()
	if err != nil {
		f.log.Error("TLS files cannot be read; what they had stays in force", zap.Error(err))
	}
	if !changed {
		return
	}
	loaded, err := f.cfg.load()
	if err != nil {
		f.log.Error("new TLS files cannot be used; what they had stays in force", zap.Error(err))
		return
	}
	f.current.Store(loaded)
	leaf := loaded.Certificates[0].Leaf
	f.log.Info("TLS files reloaded", zap.String("serial", leaf.SerialNumber.Text(16)), zap.Time("not_after", leaf.NotAfter))
	if f.changed != nil {
		f.changed("server.tls", fmt.Sprintf("certificate %s until %s", leaf.SerialNumber.Text(16), leaf.NotAfter.Format(time.RFC3339)))
	}
}

// load reads the files.
func (t TLS) load() (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", t.CertFile, t.KeyFile, err)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   t.MinVersion.number(),
		ClientAuth:   t.clientAuth(),
	}
	if config.ClientAuth == tls.NoClientCert {
		return config, nil
	}
	config.ClientCAs, err = loadPool(t.ClientCAFile)
	// A resumed session would not look at the client's certificate again: one of
	// an authority that was removed would do.
	config.SessionTicketsDisabled = true
	return config, err
}

func loadPool(path string) (*x509.CertPool, error) {
	data, err := trustfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("tls.client_ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("tls.client_ca_file: %s has no certificate in PEM", path)
	}
	return pool, nil
}
