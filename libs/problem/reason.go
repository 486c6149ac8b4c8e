package problem

// Reason says why a call was refused or ended. The list is the published
// [sluice.stream.v1.ErrorReason] without its prefix, and as frozen as that.
//
// [sluice.stream.v1.ErrorReason]: ../../proto/sluice/stream/v1/error_reason.proto
type Reason string

// The reasons; the published list says what each means and which gRPC code
// goes with it.
const (
	MalformedMessage      Reason = "MALFORMED_MESSAGE"
	MessageTooLarge       Reason = "MESSAGE_TOO_LARGE"
	ChunkTooLarge         Reason = "CHUNK_TOO_LARGE"
	EmptyStream           Reason = "EMPTY_STREAM"
	HeaderMissing         Reason = "HEADER_MISSING"
	HeaderChanged         Reason = "HEADER_CHANGED"
	FieldInvalid          Reason = "FIELD_INVALID"
	NameInvalid           Reason = "NAME_INVALID"
	TypeNotAllowed        Reason = "TYPE_NOT_ALLOWED"
	TypeMismatch          Reason = "TYPE_MISMATCH"
	SizeLimitExceeded     Reason = "SIZE_LIMIT_EXCEEDED"
	SizeMismatch          Reason = "SIZE_MISMATCH"
	OffsetMismatch        Reason = "OFFSET_MISMATCH"
	ChunkChecksumMismatch Reason = "CHUNK_CHECKSUM_MISMATCH"
	ChecksumMismatch      Reason = "CHECKSUM_MISMATCH"
	Incomplete            Reason = "INCOMPLETE"
	Fenced                Reason = "FENCED"
	WorkChanged           Reason = "WORK_CHANGED"
	WorkEnded             Reason = "WORK_ENDED"
	UploadNotFound        Reason = "UPLOAD_NOT_FOUND"
	FileNotFound          Reason = "FILE_NOT_FOUND"
	StreamNotFound        Reason = "STREAM_NOT_FOUND"
	RangeInvalid          Reason = "RANGE_INVALID"
	ContentDamaged        Reason = "CONTENT_DAMAGED"
	CredentialsMissing    Reason = "CREDENTIALS_MISSING"
	CredentialsInvalid    Reason = "CREDENTIALS_INVALID"
	CredentialsExpired    Reason = "CREDENTIALS_EXPIRED"
	PermissionDenied      Reason = "PERMISSION_DENIED"
	RateLimited           Reason = "RATE_LIMITED"
	Draining              Reason = "DRAINING"
	StreamCancelled       Reason = "STREAM_CANCELLED"
	ClientGone            Reason = "CLIENT_GONE"
	StorageFull           Reason = "STORAGE_FULL"
	StorageFailed         Reason = "STORAGE_FAILED"
	Internal              Reason = "INTERNAL"
	DeadlineExceeded      Reason = "DEADLINE_EXCEEDED"
	SequenceGap           Reason = "SEQUENCE_GAP"
	ProducerExpired       Reason = "PRODUCER_EXPIRED"
	ProducerNotFound      Reason = "PRODUCER_NOT_FOUND"
	FrameTooLarge         Reason = "FRAME_TOO_LARGE"
	QueryTooLarge         Reason = "QUERY_TOO_LARGE"
	PositionNotReached    Reason = "POSITION_NOT_REACHED"
	TokenExpired          Reason = "TOKEN_EXPIRED"
	CredentialsRevoked    Reason = "CREDENTIALS_REVOKED"
	StreamTooOld          Reason = "STREAM_TOO_OLD"
	StreamIdle            Reason = "STREAM_IDLE"
	StreamTooSlow         Reason = "STREAM_TOO_SLOW"
	TooManyStreams        Reason = "TOO_MANY_STREAMS"
	MemoryExhausted       Reason = "MEMORY_EXHAUSTED"
	QuotaExceeded         Reason = "QUOTA_EXCEEDED"
	StorageLow            Reason = "STORAGE_LOW"
)
