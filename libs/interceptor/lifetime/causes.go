package lifetime

import "github.com/sluice-ingest/sluice/libs/problem"

// causes are what clients are told. They are made once, since many streams may
// end at a time.
type causes struct {
	expired, revoked, tooOld, idle, tooSlow *problem.Error
}

func newCauses(cfg Config) causes {
	return causes{
		expired: problem.New(problem.TokenExpired, "the credentials of this stream have expired; resume with fresh ones"),
		revoked: problem.New(problem.CredentialsRevoked, "the credentials of this stream were revoked; resume with other ones"),
		tooOld:  problem.New(problem.StreamTooOld, "a stream may be open for %s; resume at once", cfg.MaxAge),
		idle: problem.New(problem.StreamIdle,
			"no whole message came for %s; resume when there is something to send", cfg.IdleTimeout),
		tooSlow: problem.New(problem.StreamTooSlow,
			"the stream brought less than %s a second over %s; resume when the connection is faster",
			cfg.MinBytesPerSecond, cfg.MinRateWindow),
	}
}
