package chain

import "time"

// Version is that of the form that this package writes.
const Version = 1

// Outcome is how what was recorded ended.
type Outcome string

// The outcomes.
const (
	// OK means that it was done.
	OK Outcome = "ok"
	// Refused means that a rule or the caller's mistake forbade it.
	Refused Outcome = "refused"
	// Failed means that the service, the network or the client gave up.
	Failed Outcome = "failed"
)

// Event is one line. It holds no secret, and nothing of what was sent but
// identifiers and counts.
type Event struct {
	// Version of the line's form.
	Version int `json:"version"`
	// Sequence numbers the lines from 1.
	Sequence int64 `json:"sequence"`
	// Time at which it ended, UTC.
	Time time.Time `json:"time"`
	// Service that recorded it, for example "fileupload".
	Service string `json:"service"`
	// Action that was tried, for example "file.delete".
	Action string `json:"action"`
	// Outcome of the action.
	Outcome Outcome `json:"outcome"`
	// Reason of an outcome other than ok: a name of sluice.stream.v1.ErrorReason
	// without its prefix, or a gRPC code where there is none.
	Reason string `json:"reason,omitempty"`
	// Tenant, Subject and Credential are the principal's. Empty when the caller was
	// not authenticated, or when it was the service itself.
	Tenant     string `json:"tenant,omitempty"`
	Subject    string `json:"subject,omitempty"`
	Credential string `json:"credential,omitempty"`
	// Peer is the caller's address, host:port; of a line with Repeats it is the host,
	// or the /64 of an IPv6 host.
	Peer string `json:"peer,omitempty"`
	// Method is the full name of the gRPC method.
	Method string `json:"method,omitempty"`
	// RequestID of the call.
	RequestID string `json:"request_id,omitempty"`
	// Resource has the identifiers of what was acted on, such as "file_id".
	Resource map[string]string `json:"resource,omitempty"`
	// Counts are of the receipt or the deletion, such as "deleted_count".
	Counts map[string]int64 `json:"counts,omitempty"`
	// Repeats is how many events this line stands for, which had its action, outcome,
	// reason, tenant and peer; 0 in the line of a single event.
	Repeats int64 `json:"repeats,omitempty"`
	// Previous is the hash of the line before.
	Previous Hash `json:"previous"`
	// Hash of this line. It is the last member.
	Hash Hash `json:"hash"`
}
