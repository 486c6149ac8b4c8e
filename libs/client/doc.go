// Package client is the Go SDK of Sluice.
//
// A [StreamingClient] is one connection to a server, shared by any number of
// transfers at once. An upload streams a file in chunks and returns a [Receipt]
// once the server has made the file durable. [StreamingClient.UploadFile] tries
// once; [StreamingClient.UploadWithRetry] goes on after a cut from the place
// that the server names, under the same upload id, and never sends a byte that
// is durable already.
//
// Content is stored once in a tenant. An upload that names its content before it
// sends it, by [WithChecksum] or [WithHashFirst], is answered at once when the
// server has that content where the caller may read it. [WithIfAbsent] makes no
// second file of a name and content, [WithExpireTime] one that goes by itself.
// [StreamingClient.WatchUpload] follows an upload, also one of another process.
//
// [StreamingClient.SendDataPoints] sends points from a channel in frames and
// returns a [SendResult] once all of them are durable or rejected. It resumes by
// itself; a window of frames that are not durable yet bounds its memory and
// slows the channel down. [StreamingClient.QueryDataPoints] and
// [StreamingClient.QueryBuckets] read what is stored.
//
// [StreamingClient.SendLogs] does the same with log entries and returns a
// [LogResult], which tells what the server's rules made of them.
// [StreamingClient.SearchLogs] and [StreamingClient.LogStatistics] read what is
// stored, [StreamingClient.TailLogs] follows what comes, and
// [StreamingClient.TestRules] tries rules out. [StreamingClient.DeleteLogs] and
// [StreamingClient.FlushLogs] act on the store.
//
// Calls are authenticated by [WithAPIKey], by [WithTokenSource], or by
// [WithClientCertificate]. A stream whose token expires goes on with the next one
// that the source gives, with nothing lost and nothing twice; one that the server
// ends because of its age, or because nothing came, is opened again when it is
// needed.
//
// A refusal or failure that the server explains is an [Error]. Its Reason is a
// name of the published list sluice.stream.v1.ErrorReason.
package client
