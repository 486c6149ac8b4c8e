package status

import (
	"time"

	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// answer is how a reason looks on the wire.
type answer struct {
	code codes.Code
	// retryAfter is the RetryInfo to send when the error has none. 0 means none:
	// either a retry does not help, or the caller can go on at once.
	retryAfter time.Duration
}

// answers is the one table from reasons to gRPC codes.
var answers = map[problem.Reason]answer{
	problem.MalformedMessage:      {code: codes.InvalidArgument},
	problem.MessageTooLarge:       {code: codes.ResourceExhausted},
	problem.ChunkTooLarge:         {code: codes.InvalidArgument},
	problem.EmptyStream:           {code: codes.InvalidArgument},
	problem.HeaderMissing:         {code: codes.InvalidArgument},
	problem.HeaderChanged:         {code: codes.InvalidArgument},
	problem.FieldInvalid:          {code: codes.InvalidArgument},
	problem.NameInvalid:           {code: codes.InvalidArgument},
	problem.TypeNotAllowed:        {code: codes.InvalidArgument},
	problem.TypeMismatch:          {code: codes.InvalidArgument},
	problem.SizeLimitExceeded:     {code: codes.InvalidArgument},
	problem.SizeMismatch:          {code: codes.InvalidArgument},
	problem.OffsetMismatch:        {code: codes.FailedPrecondition},
	problem.ChunkChecksumMismatch: {code: codes.DataLoss},
	problem.ChecksumMismatch:      {code: codes.InvalidArgument},
	problem.Incomplete:            {code: codes.InvalidArgument},
	problem.Fenced:                {code: codes.Aborted},
	problem.WorkChanged:           {code: codes.FailedPrecondition},
	problem.WorkEnded:             {code: codes.FailedPrecondition},
	problem.UploadNotFound:        {code: codes.NotFound},
	problem.FileNotFound:          {code: codes.NotFound},
	problem.StreamNotFound:        {code: codes.NotFound},
	problem.RangeInvalid:          {code: codes.OutOfRange},
	problem.ContentDamaged:        {code: codes.DataLoss},
	problem.CredentialsMissing:    {code: codes.Unauthenticated},
	problem.CredentialsInvalid:    {code: codes.Unauthenticated},
	problem.CredentialsExpired:    {code: codes.Unauthenticated},
	problem.PermissionDenied:      {code: codes.PermissionDenied},
	problem.RateLimited:           {code: codes.ResourceExhausted, retryAfter: time.Second},
	problem.Draining:              {code: codes.Unavailable, retryAfter: time.Second},
	problem.StreamCancelled:       {code: codes.Canceled},
	problem.ClientGone:            {code: codes.Canceled},
	problem.StorageFull:           {code: codes.ResourceExhausted, retryAfter: 30 * time.Second},
	problem.StorageFailed:         {code: codes.Unavailable, retryAfter: 5 * time.Second},
	problem.Internal:              {code: codes.Internal},
	problem.DeadlineExceeded:      {code: codes.DeadlineExceeded},
	problem.SequenceGap:           {code: codes.FailedPrecondition},
	problem.ProducerExpired:       {code: codes.FailedPrecondition},
	problem.ProducerNotFound:      {code: codes.NotFound},
	problem.FrameTooLarge:         {code: codes.InvalidArgument},
	problem.QueryTooLarge:         {code: codes.ResourceExhausted},
	problem.PositionNotReached:    {code: codes.DeadlineExceeded},
	problem.TokenExpired:          {code: codes.Unauthenticated},
	problem.CredentialsRevoked:    {code: codes.Unauthenticated},
	problem.StreamTooOld:          {code: codes.Unavailable},
	problem.StreamIdle:            {code: codes.DeadlineExceeded},
	problem.StreamTooSlow:         {code: codes.DeadlineExceeded},
	problem.TooManyStreams:        {code: codes.ResourceExhausted, retryAfter: time.Second},
	problem.MemoryExhausted:       {code: codes.ResourceExhausted, retryAfter: time.Second},
	problem.QuotaExceeded:         {code: codes.ResourceExhausted},
	problem.StorageLow:            {code: codes.ResourceExhausted, retryAfter: 30 * time.Second},
	problem.Quarantined:           {code: codes.FailedPrecondition},
	problem.NotScannable:          {code: codes.InvalidArgument},
	problem.ScanFailed:            {code: codes.Unavailable, retryAfter: 5 * time.Second},
}
