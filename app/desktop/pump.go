package desktop

import (
	"context"
	"encoding/json"
	"time"

	"kontor/app"
)

// flushEvery is how long events are gathered before the page gets them: below
// what an eye notices, and few enough wake-ups for a stream of tokens.
const flushEvery = 20 * time.Millisecond

// pump hands events to the page as JSON arrays until ctx ends. Their numbers
// have no gaps; if some were lost, the next one shows it by its number, and the
// page asks events.after what to do.
func pump(ctx context.Context, bus *app.Bus, emit func(json string)) {
	follower := bus.Follow(bus.Seq())
	defer follower.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-follower.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(flushEvery):
		}
		events, resync := follower.Take()
		if resync { // the newest one, so that the gap is seen at once
			events, _, _ = bus.After(bus.Seq() - 1)
		}
		if len(events) == 0 {
			continue
		}
		// Event has no type that json.Marshal could refuse.
		if raw, err := json.Marshal(events); err == nil {
			emit(string(raw))
		}
	}
}
