package tests

import (
	"context"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

const (
	// sharedSize is that of a content that several files share, and fewBytes more
	// than a call without a content takes on the wire, or a catalog beside it.
	sharedSize = 8 << 20
	fewBytes   = 64 << 10
)

// countedConn counts what goes out.
type countedConn struct {
	net.Conn

	sent *atomic.Int64
}

func (c countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}

// counted has a client count the bytes that it sends on the wire.
func counted(sent *atomic.Int64) client.Option {
	return client.WithDialOptions(grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		return countedConn{conn, sent}, nil
	}))
}

func TestContentThatIsThereIsNotSentAgain(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(101, sharedSize)
	path := filepath.Join(t.TempDir(), "second.bin")
	content.WriteFile(t, path)
	first := s.store(ctx, t, "first.bin", content)
	before := contentBytes(t, s.dataDir)
	for name, opts := range map[string][]client.UploadOption{
		"hashed first":           {client.WithHashFirst()},
		"named":                  {client.WithChecksum(content.SHA256())},
		"named with an id":       {client.WithChecksum(content.SHA256()), client.WithUploadID("mine")},
		"named, its id finished": {client.WithChecksum(content.SHA256()), client.WithUploadID("mine")},
	} {
		t.Run(name, func(t *testing.T) {
			var sent atomic.Int64
			receipt, err := s.sdk(t, counted(&sent)).UploadWithRetry(ctx, path, opts...)
			require.NoError(t, err)
			require.Zero(t, receipt.Sent)
			require.Less(t, sent.Load(), int64(fewBytes), "bytes on the wire")
			require.True(t, receipt.Deduplicated)
			require.False(t, receipt.Existed)
			require.NotEqual(t, first.GetFileId(), receipt.FileID)
			s.requireStored(ctx, t, receipt.FileID, "second.bin", content)
		})
	}
	require.Less(t, contentBytes(t, s.dataDir), before+fewBytes, "stored once")
}

// A reader's bytes can't be read twice, so the name comes from elsewhere.
func TestAStreamWhoseContentIsThereIsNotRead(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(102, sharedSize)
	s.store(ctx, t, "first.bin", content)
	var sent atomic.Int64
	receipt, err := s.sdk(t, counted(&sent)).UploadReader(ctx, "stream.bin", neverRead{t}, client.WithChecksum(content.SHA256()))
	require.NoError(t, err)
	require.Less(t, sent.Load(), int64(fewBytes))
	s.requireStored(ctx, t, receipt.FileID, "stream.bin", content)
}

// neverRead fails the test that reads it.
type neverRead struct{ t *testing.T }

func (r neverRead) Read([]byte) (int, error) {
	r.t.Error("the content was read")
	return 0, net.ErrClosed
}

// readers are who may read what: alice has stored a file called first.bin.
type readers struct {
	*server
	alice, writer, narrow, stranger string
}

func startWithReaders(t *testing.T) *readers {
	t.Helper()
	r := new(readers)
	set := new(apikey.Set)
	add := func(tenant, subject string, files principal.Patterns, scopes ...principal.Scope) string {
		text, key, err := apikey.Generate(apikey.Key{
			Tenant: tenant, Subject: subject, Scopes: scopes, Allow: principal.Grants{Files: files},
		}, time.Now())
		require.NoError(t, err)
		require.NoError(t, set.Add(key))
		return text
	}
	r.alice = add("acme", "alice", nil, principal.All)
	r.writer = add("acme", "writer", nil, principal.FilesWrite)
	r.narrow = add("acme", "narrow", principal.Patterns{"second*"}, principal.All)
	r.stranger = add("umbrella", "stranger", nil, principal.All)
	keys := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, apikey.Save(keys, set))
	r.server = launchServer(t, t.TempDir(), "--auth-keys-file", keys)
	return r
}

// Nobody learns from an answer that others have a content.
func TestContentIsSentByWhoMayNotReadIt(t *testing.T) {
	r := startWithReaders(t)
	ctx := bounded(t)
	content := testkit.NewContent(103, sharedSize)
	path := filepath.Join(t.TempDir(), "first.bin")
	content.WriteFile(t, path)
	_, err := r.sdk(t, client.WithAPIKey(r.alice)).UploadFile(ctx, path)
	require.NoError(t, err)
	before := contentBytes(t, r.dataDir)
	for _, tt := range []struct {
		name, key, file string
		stored          int64
	}{
		{"without files:read", r.writer, "written.bin", 0},
		{"whose grants leave the file out", r.narrow, "second.bin", 0},
		{"of another tenant", r.stranger, "third.bin", sharedSize},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sent atomic.Int64
			c := r.sdk(t, client.WithAPIKey(tt.key), counted(&sent))
			receipt, err := c.UploadWithRetry(ctx, path, client.WithHashFirst(), client.WithFileName(tt.file))
			require.NoError(t, err)
			require.Equal(t, int64(sharedSize), receipt.Sent)
			require.Greater(t, sent.Load(), int64(sharedSize), "bytes on the wire")
			require.False(t, receipt.Deduplicated)
			require.Equal(t, content.SHA256(), receipt.Checksum)
			require.Eventually(t, func() bool {
				grown := contentBytes(t, r.dataDir) - before
				return grown >= tt.stored && grown < tt.stored+fewBytes
			}, awaitTime, 20*time.Millisecond, "a tenant's content is stored once")
		})
	}
}

func TestIfAbsentMakesNoSecondFileOfANameAndContent(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	dir := t.TempDir()
	content, other := testkit.NewContent(104, sharedSize), testkit.NewContent(105, sharedSize)
	path := filepath.Join(dir, "a.bin")
	content.WriteFile(t, path)
	first := s.store(ctx, t, "a.bin", content)
	c := s.sdk(t)
	upload := func(opts ...client.UploadOption) *client.Receipt {
		receipt, err := c.UploadFile(ctx, path, append(opts, client.WithIfAbsent())...)
		require.NoError(t, err)
		return receipt
	}

	sent := upload()
	require.Equal(t, []any{true, first.GetFileId(), int64(sharedSize)}, []any{sent.Existed, sent.FileID, sent.Sent})
	named := upload(client.WithHashFirst())
	require.Equal(t, []any{true, first.GetFileId(), int64(0)}, []any{named.Existed, named.FileID, named.Sent})

	renamed := upload(client.WithHashFirst(), client.WithFileName("b.bin"))
	require.Equal(t, []any{false, true}, []any{renamed.Existed, renamed.Deduplicated}, "another name is another file")
	s.requireStored(ctx, t, renamed.FileID, "b.bin", content)
	other.WriteFile(t, path)
	changed := upload(client.WithHashFirst())
	require.Equal(t, []any{false, false}, []any{changed.Existed, changed.Deduplicated}, "so is another content")
	s.requireStored(ctx, t, changed.FileID, "a.bin", other)
	s.requireStored(ctx, t, first.GetFileId(), "a.bin", content)
}

func TestAFileGoesAtTheExpiryOfItsUpload(t *testing.T) {
	s := startServer(t, "--janitor-interval", "100ms")
	ctx := bounded(t)
	content := testkit.NewContent(106, sharedSize)
	path := filepath.Join(t.TempDir(), "short.bin")
	content.WriteFile(t, path)
	lasting := s.store(ctx, t, "lasting.bin", content)
	c := s.sdk(t)
	_, err := c.UploadFile(ctx, path, client.WithExpireTime(time.Now().Add(-time.Hour)))
	requireRefused(t, err, codes.InvalidArgument, "FIELD_INVALID")

	at := time.Now().Add(10 * time.Second).Truncate(time.Microsecond)
	receipt, err := c.UploadFile(ctx, path, client.WithExpireTime(at), client.WithHashFirst())
	require.NoError(t, err)
	require.True(t, receipt.ExpireTime.Equal(at))
	got, err := s.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: receipt.FileID})
	require.NoError(t, err)
	require.True(t, got.GetFile().GetExpireTime().AsTime().Equal(at))
	require.Eventually(t, func() bool {
		_, err := s.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: receipt.FileID})
		return refusalOf(err).reason == "FILE_NOT_FOUND"
	}, awaitTime, 50*time.Millisecond)
	require.False(t, time.Now().Before(at), "not before its time")
	s.requireStored(ctx, t, lasting.GetFileId(), "lasting.bin", content)
}

func TestARetryOfADeduplicatedUploadGetsItsReceipt(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(107, sharedSize)
	s.store(ctx, t, "first.bin", content)
	named := header("second.bin", "named", content.Size())
	named.Checksum = content.SHA256()
	ask := func() *fileuploadv1.UploadFileResponse {
		u := s.mustBegin(ctx, t, named)
		hello, err := u.hello()
		require.NoError(t, err)
		require.Equal(t, content.Size(), hello.GetNext())
		receipt, err := u.outcome()
		require.NoError(t, err)
		return receipt
	}
	receipt := ask()
	require.True(t, receipt.GetDeduplicated())
	requireReceipt(t, receipt, "second.bin", content)
	requireEqualMessages(t, receipt, ask())
	s.Kill9()
	s.Restart()
	requireEqualMessages(t, receipt, ask())

	_, again := s.mustResume(ctx, t, "second.bin", "named", content)
	requireEqualMessages(t, receipt, again)
}

func TestAContentStaysAsLongAsAFileHasIt(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	empty := contentBytes(t, s.dataDir)
	content := testkit.NewContent(108, sharedSize)
	first := s.store(ctx, t, "first.bin", content).GetFileId()
	second := s.store(ctx, t, "second.bin", content).GetFileId()
	copied, err := s.files.CopyFile(ctx, &fileuploadv1.CopyFileRequest{FileId: first, FileName: "copy.bin"})
	require.NoError(t, err)
	third := copied.GetFile().GetFileId()
	require.Less(t, contentBytes(t, s.dataDir), empty+sharedSize+fewBytes, "three files have it, and it is stored once")

	remove := func(fileID string) {
		_, err := s.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: fileID})
		require.NoError(t, err)
		_, err = s.download(ctx, fileID)
		requireRefused(t, err, codes.NotFound, "FILE_NOT_FOUND")
	}
	remove(first)
	s.requireStored(ctx, t, second, "second.bin", content)
	s.requireStored(ctx, t, third, "copy.bin", content)
	s.Kill9()
	s.Restart()
	remove(second)
	s.requireStored(ctx, t, third, "copy.bin", content)
	remove(third)
	require.Eventually(t, func() bool { return contentBytes(t, s.dataDir) < empty+fewBytes },
		awaitTime, 20*time.Millisecond, "the last one takes the bytes along")
}

func TestTheQuotaCountsWhatFilesHaveNotWhatIsStored(t *testing.T) {
	s := startServer(t, "--quotas-file-bytes", "20MiB")
	ctx := bounded(t)
	content := testkit.NewContent(109, sharedSize)
	path := filepath.Join(t.TempDir(), "a.bin")
	content.WriteFile(t, path)
	c := s.sdk(t)
	var last *client.Receipt
	for files := int64(1); files <= 2; files++ {
		receipt, err := c.UploadFile(ctx, path, client.WithHashFirst())
		require.NoError(t, err)
		last = receipt
		require.Equal(t, files*sharedSize, usedBytes(ctx, t, c))
	}
	_, err := c.UploadFile(ctx, path, client.WithHashFirst())
	requireRefused(t, err, codes.ResourceExhausted, "QUOTA_EXCEEDED")
	require.Equal(t, int64(2*sharedSize), usedBytes(ctx, t, c))
	receipt, err := c.UploadFile(ctx, path, client.WithHashFirst(), client.WithIfAbsent())
	require.NoError(t, err, "no file is made")
	require.True(t, receipt.Existed)

	_, err = s.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: last.FileID})
	require.NoError(t, err)
	require.Equal(t, int64(sharedSize), usedBytes(ctx, t, c))
	s.Kill9()
	s.Restart()
	require.Equal(t, int64(sharedSize), usedBytes(ctx, t, c))
}

// usedBytes is what the tenant's files count.
func usedBytes(ctx context.Context, t *testing.T, c *client.StreamingClient) int64 {
	t.Helper()
	usages, err := c.Usage(ctx)
	require.NoError(t, err)
	for _, u := range usages {
		if u.Quota == "file_bytes" {
			require.Zero(t, u.Reserved)
			return u.Used
		}
	}
	t.Fatal("the usage does not tell of file_bytes")
	return 0
}
