package sending

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// minRated is the number of items from which their rate tells something: that of
// fewer is the time that one frame took.
const minRated = 100

// Took writes how long a number of items took, and their rate if they are not too
// few, such as `0.40s (25,000 points/s)`.
func Took(items int64, d time.Duration, rate float64, nouns string) string {
	if items < minRated {
		return human.Duration(d)
	}
	return fmt.Sprintf("%s (%s)", human.Duration(d), perSecond(rate, nouns))
}

// perSecond writes a number of items per second, below ten with a decimal.
func perSecond(rate float64, nouns string) string {
	number := humanize.Comma(int64(math.Round(rate)))
	if rate < 9.95 {
		number = strconv.FormatFloat(rate, 'f', 1, 64)
	}
	return number + " " + nouns + "/s"
}
