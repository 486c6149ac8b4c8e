package audit

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
)

// The actions of the service itself.
const (
	ActionStarted             = "service.started"
	ActionStopped             = "service.stopped"
	ActionConfigurationLoaded = "configuration.loaded"
	ActionKeysReloaded        = "keys.reloaded"
	// ActionTorn records that the unfinished end of a file was cut off.
	ActionTorn = "audit.torn"
	// ActionLost records how many events there was no room for.
	ActionLost = "audit.lost"
	// ActionDisturbed records that another hand moved or changed the file.
	ActionDisturbed = "audit.disturbed"
)

// Started is the event of a service that begins to serve.
func Started(version string) Event {
	return Event{Action: ActionStarted, Outcome: chain.OK, Resource: map[string]string{"version": version}}
}

// Stopped is the event of a service that has drained; err is why it stopped, or
// nil. The error's text is not recorded.
func Stopped(err error) Event {
	e := Event{Action: ActionStopped, Outcome: chain.OK}
	if err != nil {
		e.Outcome = chain.Failed
	}
	return e
}

// ConfigurationLoaded is the event of a configuration that takes effect. Of its
// text, with all defaults and without secrets, the SHA-256 is recorded. kind tells
// files apart: "service" for the settings, "rules" for rules.
func ConfigurationLoaded(kind string, effective []byte) Event {
	sum := sha256.Sum256(effective)
	return Event{Action: ActionConfigurationLoaded, Outcome: chain.OK, Resource: map[string]string{
		"kind": kind, "sha256": hex.EncodeToString(sum[:]),
	}}
}

// ConfigurationRefused is the event of a changed file that was not taken; what
// was there stays in effect.
func ConfigurationRefused(kind string) Event {
	return Event{Action: ActionConfigurationLoaded, Outcome: chain.Refused, Resource: map[string]string{"kind": kind}}
}

// KeysReloaded is the event of keys or certificates that were read anew. kind is
// what was, such as "keys"; detail says what changed by identifiers, and holds no
// secret.
func KeysReloaded(kind, detail string) Event {
	return Event{Action: ActionKeysReloaded, Outcome: chain.OK, Resource: map[string]string{"kind": kind, "detail": detail}}
}

// KeysRefused is the event of keys or certificates that could not be read; those
// there were stay in effect.
func KeysRefused(kind string) Event {
	return Event{Action: ActionKeysReloaded, Outcome: chain.Refused, Resource: map[string]string{"kind": kind}}
}

func torn(bytes int64) Event {
	return Event{Action: ActionTorn, Outcome: chain.OK, Counts: map[string]int64{"bytes": bytes}}
}

func lost(events int64) Event {
	return Event{Action: ActionLost, Outcome: chain.Failed, Counts: map[string]int64{"events": events}}
}

func disturbed() Event { return Event{Action: ActionDisturbed, Outcome: chain.Failed} }
