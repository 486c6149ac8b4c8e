package postgres

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	defaultSessions       = 16
	defaultConnectTimeout = 10 * time.Second
)

// parse reads what the database's address says and completes it.
func parse(url string) (*pgxpool.Config, error) {
	if endsInPassword(url) {
		return nil, errAddress
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, withoutAddress(url, err)
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = defaultSessions
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = defaultConnectTimeout
	}
	parameters := config.ConnConfig.RuntimeParams
	for name, value := range map[string]string{
		"application_name":                    "sluice-fileupload",
		"synchronous_commit":                  "on", // whatever the role's default is
		"statement_timeout":                   "30s",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "60s",
	} {
		if _, given := parameters[name]; !given {
			parameters[name] = value
		}
	}
	return config, nil
}

// timeouts bound what the server can't: it may be gone without a word.
type timeouts struct {
	// attempt bounds one try of a transaction or a query, with the waiting for a
	// session.
	attempt time.Duration
	// commit bounds the waiting for the end of a transaction.
	commit time.Duration
	// patience is how long a change that a lost session has undone is tried again.
	patience time.Duration
}

// defaultTimeouts let the server's own, which tell more, be first.
func defaultTimeouts() timeouts {
	return timeouts{attempt: time.Minute, commit: 35 * time.Second, patience: 10 * time.Second}
}
