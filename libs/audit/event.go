package audit

import "github.com/sluice-ingest/sluice/libs/audit/chain"

// Event is what is recorded. [Log.Record] fills its Version, Sequence, Time,
// Service, Previous and Hash.
type Event = chain.Event

// maxText bounds each text of an event, in bytes, so that a line stays below
// [chain.MaxLine].
const maxText = 512

// bounded returns e with texts that fit.
func bounded(e Event) Event {
	for _, text := range []*string{
		&e.Action, &e.Reason, &e.Tenant, &e.Subject, &e.Credential, &e.Peer, &e.Method, &e.RequestID,
	} {
		*text = cut(*text)
	}
	for name, value := range e.Resource {
		if len(value) > maxText {
			e.Resource[name] = cut(value)
		}
	}
	return e
}

func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return text[:maxText] + "…"
}
