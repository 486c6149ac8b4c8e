package core

import (
	"time"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/timestamp"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// The reasons, in short.
const (
	noReason           = logaggv1.LogErrorReason_LOG_ERROR_REASON_UNSPECIFIED
	applicationInvalid = logaggv1.LogErrorReason_LOG_ERROR_REASON_APPLICATION_INVALID
	timestampInvalid   = logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_INVALID
	timestampUnit      = logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_UNIT
	timestampTooOld    = logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_TOO_OLD
	timestampInFuture  = logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_IN_FUTURE
	levelInvalid       = logaggv1.LogErrorReason_LOG_ERROR_REASON_LEVEL_INVALID
	entryEmpty         = logaggv1.LogErrorReason_LOG_ERROR_REASON_EMPTY
	messageTooLong     = logaggv1.LogErrorReason_LOG_ERROR_REASON_MESSAGE_TOO_LONG
	tooManyFields      = logaggv1.LogErrorReason_LOG_ERROR_REASON_TOO_MANY_FIELDS
	fieldNameInvalid   = logaggv1.LogErrorReason_LOG_ERROR_REASON_FIELD_NAME_INVALID
	fieldValueTooLong  = logaggv1.LogErrorReason_LOG_ERROR_REASON_FIELD_VALUE_TOO_LONG
	permissionDenied   = logaggv1.LogErrorReason_LOG_ERROR_REASON_PERMISSION_DENIED
)

// Rules are what an entry of a tenant has to keep at one moment. Make them anew
// for every frame.
type Rules struct {
	timestamps timestamp.Rules
	// applications are those that the stream's principal is granted.
	applications principal.Patterns
}

// Rules returns what the tenant's entries have to keep now.
func (l *Limits) Rules(tenant string, now time.Time) Rules {
	var retention time.Duration
	if l.Retention != nil {
		retention = l.Retention(tenant)
	}
	return Rules{timestamps: timestamp.NewRules(now, retention)}
}

// Check returns the first fault of an entry as it was sent, in the order
// application, grants, timestamp, level, message, fields; or UNSPECIFIED.
func (r *Rules) Check(e *entry.Entry) logaggv1.LogErrorReason {
	if !entry.IsApplication(e.Application) {
		return applicationInvalid
	}
	if !r.applications.Allow(e.Application) {
		return permissionDenied
	}
	if fault := r.timestamps.Check(e.Timestamp); fault != timestamp.None {
		return timestampReason(fault)
	}
	switch {
	case len(e.LevelText) > maxLevelBytes:
		return levelInvalid
	case len(e.Message) > maxMessageBytes:
		return messageTooLong
	case e.Message == "" && len(e.Fields) == 0:
		return entryEmpty
	case len(e.Fields) > maxFields:
		return tooManyFields
	}
	_, reason := fieldFault(e.Fields)
	return reason
}

func timestampReason(fault timestamp.Fault) logaggv1.LogErrorReason {
	switch fault {
	case timestamp.Unit:
		return timestampUnit
	case timestamp.TooOld:
		return timestampTooOld
	case timestamp.InFuture:
		return timestampInFuture
	default:
		return timestampInvalid
	}
}

// fieldFault returns the first fault of the fields and the place of the field.
func fieldFault(fields []entry.Field) (int, logaggv1.LogErrorReason) {
	for i := range fields {
		if !entry.IsFieldName(fields[i].Name) {
			return i, fieldNameInvalid
		}
		if len(fields[i].Value) > maxFieldValueBytes {
			return i, fieldValueTooLong
		}
	}
	return 0, noReason
}

// checkGrown returns the fault of an entry that the rules have made too large.
func checkGrown(e *entry.Entry) logaggv1.LogErrorReason {
	if len(e.Message) > grown*maxMessageBytes {
		return messageTooLong
	}
	for i := range e.Fields {
		if len(e.Fields[i].Value) > grown*maxFieldValueBytes {
			return fieldValueTooLong
		}
	}
	return noReason
}
