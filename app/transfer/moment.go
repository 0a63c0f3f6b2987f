package transfer

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// moment is a time as other programs write it: a number of seconds or finer
// units since 1970, that number in quotes, or a date. In Unix milliseconds, 0
// for none. What is no time at all is none: a chat is worth more than its date.
type moment int64

// UnmarshalJSON never fails.
func (m *moment) UnmarshalJSON(raw []byte) error {
	*m = momentOf(strings.Trim(string(raw), `"`))
	return nil
}

func momentOf(text string) moment {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		switch {
		case math.IsNaN(n) || n <= 0 || n > 1e19:
			return 0
		case n >= 1e17: // nanoseconds
			return moment(n / 1e6)
		case n >= 1e14: // microseconds
			return moment(n / 1e3)
		case n >= 1e11: // milliseconds
			return moment(n)
		}
		return moment(math.Round(n * 1000))
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return moment(max(at.UnixMilli(), 0))
		}
	}
	return 0
}
