package main

import (
	"context"
	"fmt"
	"time"
)

const (
	startRuns = 5
	// settle is when what a start leaves behind has been done.
	settle = 3 * time.Second
)

// measureStart starts the edge server in an empty folder, without a runtime,
// signs in and reads the page; then it looks how much memory is in use.
func measureStart(ctx context.Context, b *bench, r *results) error {
	starts, memory := samples{}, samples{}
	for range startRuns {
		data, err := b.scratch("start")
		if err != nil {
			return err
		}
		ready, bytes, err := b.startOnce(ctx, data)
		if err != nil {
			return err
		}
		starts.add("empty_folder_ms", ready)
		memory.add("resident_mb", bytes)
		again, _, err := b.startOnce(ctx, data)
		if err != nil {
			return err
		}
		starts.add("second_start_ms", again)
	}
	r.set("edge_start", median(starts["empty_folder_ms"]), starts,
		fmt.Sprintf("in an empty data folder, median of %d; in one that is there %.0f ms", startRuns, median(starts["second_start_ms"])))
	r.set("edge_memory", median(memory["resident_mb"]), memory, fmt.Sprintf("%.0f s after the first page", settle.Seconds()))
	return nil
}

func (b *bench) startOnce(ctx context.Context, data string) (readyMs, residentMB float64, err error) {
	k, err := b.startKontor(ctx, data, nil, nil)
	if err != nil {
		return 0, 0, err
	}
	defer k.stop()
	select {
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	case <-time.After(settle):
	}
	bytes, err := resident(k.cmd.Process.Pid)
	return milliseconds(k.ready), float64(bytes) / 1e6, err
}
