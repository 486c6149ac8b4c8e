package s3_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

// childEnv has the endpoint and the prefix of a process that uploads and is
// killed.
const childEnv = "SLUICE_S3_TEST_CHILD"

const (
	crashRounds = 8
	crashSize   = 6*partSize + 4711
)

// checkpoint is what the child says of itself after each Sync.
type checkpoint struct {
	ID      string `json:"id"`
	Durable int64  `json:"durable"`
	Proof   []byte `json:"proof"`
	// Ended and Published tell how far it came.
	Ended     bool `json:"ended"`
	Published bool `json:"published"`
}

// What a Sync covered is there after the process was killed at any moment, and
// another one goes on from it.
func TestKilledUploadsGoOn(t *testing.T) {
	server := s3server.Start(t)
	c := configFor(server.Addr)
	store := openStore(t, c)
	want := content(crashSize)
	for round := range crashRounds {
		last := runAndKill(t, c, round)
		part, err := store.Resume(t.Context(), last.ID, last.Durable, last.Proof)
		require.NoError(t, err, "round %d at %d", round, last.Durable)
		blobID := mustFinish(t, store, part, last.ID, want[last.Durable:])
		sweep(t, store, blobID)
		requireBlob(t, store, blobID, want)
		require.NoError(t, store.Discard(t.Context(), last.ID))
	}
}

// runAndKill starts a child, kills it some time after one of its checkpoints,
// and returns its last one.
func runAndKill(t *testing.T, c s3.Config, round int) checkpoint {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+c.Endpoint+" "+c.Prefix)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var last checkpoint
	lines := bufio.NewScanner(stdout)
	for seen := 0; lines.Scan(); seen++ {
		require.NoError(t, json.Unmarshal(lines.Bytes(), &last), lines.Text())
		if seen == round {
			// The rest of what it does is cut at a moment of no step.
			time.AfterFunc(time.Duration(round)*7*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // It was killed, or ended before.
	require.NotEmpty(t, last.ID)
	return last
}

// runChild uploads and tells of each checkpoint on stdout.
func runChild() int {
	if err := uploadAndTell(os.Getenv(childEnv)); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func uploadAndTell(place string) error {
	endpoint, prefix, _ := strings.Cut(place, " ")
	c := configFor(endpoint)
	c.Prefix = prefix
	ctx := context.Background()
	store, err := s3.Open(ctx, c)
	if err != nil {
		return err
	}
	now := checkpoint{ID: newID()}
	tell := json.NewEncoder(os.Stdout)
	part, err := store.Create(ctx, now.ID)
	if err != nil {
		return err
	}
	want := testkit.NewContent(42, crashSize)
	for offset := int64(0); offset < crashSize; offset += partSize {
		if err := tell.Encode(now); err != nil {
			return err
		}
		if err := part.Append([][]byte{want.Bytes(offset, partSize)}); err != nil {
			return err
		}
		if err := part.Sync(); err != nil {
			return err
		}
		now.Durable = part.Durable(min(offset+partSize, crashSize))
		now.Proof = part.Proof(now.Durable)
	}
	if err := part.End(); err != nil {
		return err
	}
	if err := part.Sync(); err != nil {
		return err
	}
	now.Ended = true
	if err := tell.Encode(now); err != nil {
		return err
	}
	if _, err := store.Publish(ctx, now.ID); err != nil {
		return err
	}
	now.Published = true
	return tell.Encode(now)
}
