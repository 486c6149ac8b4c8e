package demo

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBarsAreAsLongAsTheirCounts(t *testing.T) {
	var out bytes.Buffer
	newStage(&out, false, time.Now).bars("by level", []bar{{"error", 1, red}, {"info", 4000, green}, {"warn", 100, plain}})
	require.Equal(t, ""+
		"   by level         error         1 █\n"+
		"                    info      4,000 ████████████████████████████████████████\n"+
		"                    warn        100 █\n", out.String())
}
