package ollama

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// Loaded lists the models in the server's memory with what the server reckons
// for each.
func (c *Client) Loaded(ctx context.Context) ([]llm.LoadedModel, error) {
	server, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	running, err := server.ListRunning(ctx)
	if err != nil {
		return nil, classify(ctx, err, onChat)
	}
	list := make([]llm.LoadedModel, 0, len(running.Models))
	for _, m := range running.Models {
		list = append(list, llm.LoadedModel{Name: m.Name, Digest: m.Digest, Bytes: m.Size, GraphicsBytes: m.SizeVRAM, ContextWindow: m.ContextLength})
	}
	return list, nil
}

// Unload takes a model out of the server's memory.
func (c *Client) Unload(ctx context.Context, model string) error {
	server, err := c.connect(ctx)
	if err != nil {
		return err
	}
	request := &api.GenerateRequest{Model: model, KeepAlive: &api.Duration{}}
	return classify(ctx, server.Generate(ctx, request, func(api.GenerateResponse) error { return nil }), onLoad)
}

// MemoryUse is what one load took according to the server's log, in bytes.
// Graph holds the buffers for computing.
type MemoryUse struct{ Weights, Cache, Graph int64 }

// Total of all parts.
func (m MemoryUse) Total() int64 { return m.Weights + m.Cache + m.Graph }

// Device is a processor that the server found to compute on.
type Device struct {
	// Library is "cpu", "CUDA", "ROCm", "Metal", "Vulkan".
	Library     string
	Description string
	Total       int64
	Available   int64
}

// Graphics reports whether the device is more than the main processor.
func (d Device) Graphics() bool { return !strings.EqualFold(d.Library, "cpu") && d.Library != "" }

var (
	bufferLine  = regexp.MustCompile(`\S+ +(model|KV|RS|compute|output) +buffer size = +([0-9.]+) MiB`)
	memoryLine  = regexp.MustCompile(`msg="(model weights|kv cache|compute graph)" .*?size="?([0-9.]+ [KMGT]?i?B)"?`)
	deviceLine  = regexp.MustCompile(`msg="inference compute" .*`)
	fieldInLine = regexp.MustCompile(`(\w+)=("[^"]*"|\S+)`)
)

// ReadMemoryUse reads the last load from the server's log. The server has two
// engines that write different lines; where both speak, the buffers that were
// really set aside count and not what was reckoned before. False if the log
// holds no load.
func ReadMemoryUse(log string) (MemoryUse, bool) {
	if i := strings.LastIndex(log, `msg="starting runner"`); i >= 0 {
		log = log[i:]
	}
	var buffers, reckoned MemoryUse
	for line := range strings.Lines(log) {
		if found := bufferLine.FindStringSubmatch(line); found != nil {
			mib, err := strconv.ParseFloat(found[2], 64)
			if err != nil {
				continue
			}
			bytes := int64(mib * (1 << 20))
			switch found[1] {
			case "model":
				buffers.Weights += bytes
			case "KV", "RS":
				buffers.Cache += bytes
			default:
				buffers.Graph += bytes
			}
		}
		if found := memoryLine.FindStringSubmatch(line); found != nil {
			bytes := parseBytes(found[2])
			// Each attempt to load writes its figures: the last one counts.
			switch found[1] {
			case "model weights":
				reckoned = MemoryUse{Weights: bytes}
			case "kv cache":
				reckoned.Cache = bytes
			default:
				reckoned.Graph = bytes
			}
		}
	}
	if buffers.Total() > 0 {
		return buffers, true
	}
	return reckoned, reckoned.Total() > 0
}

// ReadDevices reads from the server's log what its last start found to compute
// on; empty if it does not tell.
func ReadDevices(log string) []Device {
	var devices []Device
	for line := range strings.Lines(log) {
		if strings.Contains(line, `msg="Listening on`) {
			devices = nil // a new start
		}
		found := deviceLine.FindString(line)
		if found == "" {
			continue
		}
		fields := map[string]string{}
		for _, field := range fieldInLine.FindAllStringSubmatch(found, -1) {
			fields[field[1]] = strings.Trim(field[2], `"`)
		}
		devices = append(devices, Device{
			Library: fields["library"], Description: fields["description"], Total: parseBytes(fields["total"]), Available: parseBytes(fields["available"]),
		})
	}
	return devices
}

// parseBytes reads "1.5 GiB" or "0 B"; 0 for anything else.
func parseBytes(text string) int64 {
	number, unit, _ := strings.Cut(text, " ")
	value, err := strconv.ParseFloat(number, 64)
	factor := map[string]float64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}[unit]
	if err != nil || value < 0 || value*factor > 1<<60 {
		return 0
	}
	return int64(value * factor)
}
