package auth

import "go.uber.org/zap"

// Options is what [Config.Open] works with beside the configuration.
type Options struct {
	// Logger takes reloads and what goes wrong with them; required.
	Logger *zap.Logger
	// Changed is called after other credentials came into force while the server
	// runs, for the audit log: with the setting's key, for example
	// "auth.keys_file", and with what was added, changed and removed, without
	// secrets. It may be called by several goroutines at once. nil for nobody to
	// tell.
	Changed func(setting, detail string)
}

func (o Options) changed(setting, detail string) {
	if o.Changed != nil {
		o.Changed(setting, detail)
	}
}
