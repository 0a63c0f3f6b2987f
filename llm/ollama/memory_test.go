package ollama_test

import (
	"testing"

	"kontor/llm/ollama"
)

// Lines as Ollama 0.24 writes them, shortened.
const (
	engineLog = `time=2026-11-26T21:58:20.100Z level=INFO source=server.go:433 msg="starting runner" cmd="ollama runner --ollama-engine"
time=2026-11-26T21:58:20.200Z level=INFO source=device.go:245 msg="model weights" device=CPU size="1.0 GiB"
time=2026-11-26T21:58:21.200Z level=INFO source=device.go:245 msg="model weights" device=CPU size="217.6 MiB"
time=2026-11-26T21:58:21.200Z level=INFO source=device.go:256 msg="kv cache" device=CPU size="48.0 MiB"
time=2026-11-26T21:58:21.200Z level=INFO source=device.go:272 msg="compute graph" device=CPU size="76.0 MiB"
time=2026-11-26T21:58:21.200Z level=INFO source=device.go:277 msg="total memory" size="341.6 MiB"
`
	llamaLog = engineLog + `time=2026-11-26T21:58:17.508Z level=INFO source=server.go:433 msg="starting runner" cmd="ollama runner"
time=2026-11-26T21:58:17.509Z level=INFO source=device.go:245 msg="model weights" device=CPU size="26.6 MiB"
load_tensors:          CPU model buffer size =    41.50 MiB
llama_context:        CPU  output buffer size =     0.25 MiB
llama_kv_cache:        CPU KV buffer size =     2.25 MiB
llama_kv_cache: size =    2.25 MiB (   512 cells,   6 layers,  1/1 seqs), K (f16):    1.12 MiB, V (f16):    1.12 MiB
llama_context:        CPU compute buffer size =    97.00 MiB
`
	deviceLog = `time=2026-11-26T21:58:16.000Z level=INFO source=routes.go:1758 msg="Listening on 127.0.0.1:46189 (version 0.24.0)"
time=2026-11-26T21:58:16.100Z level=INFO source=types.go:60 msg="inference compute" id=cpu library=cpu compute="" name=cpu description=cpu libdirs=ollama driver="" pci_id="" type="" total="23.5 GiB" available="19.4 GiB"
time=2026-11-26T21:59:16.000Z level=INFO source=routes.go:1758 msg="Listening on 127.0.0.1:46190 (version 0.24.0)"
time=2026-11-26T21:59:16.100Z level=INFO source=types.go:42 msg="inference compute" id=GPU-1 filter_id="" library=CUDA compute=12.0 name=CUDA0 description="NVIDIA GeForce RTX 5090" libdirs=ollama,cuda_v13 driver=13.0 pci_id=0000:01:00.0 type=discrete total="31.8 GiB" available="30.9 GiB"
`
)

func TestReadMemoryUse(t *testing.T) {
	use, ok := ollama.ReadMemoryUse(engineLog)
	if want := (ollama.MemoryUse{Weights: 228170137, Cache: 48 << 20, Graph: 76 << 20}); !ok || use != want {
		t.Errorf("newer engine: %+v, want %+v", use, want)
	}
	use, ok = ollama.ReadMemoryUse(llamaLog)
	if want := (ollama.MemoryUse{Weights: 41<<20 + 1<<19, Cache: 2<<20 + 1<<18, Graph: 97<<20 + 1<<18}); !ok || use != want {
		t.Errorf("older engine: %+v, want %+v", use, want)
	}
	for _, log := range []string{"", "nothing here", `msg="model weights" device=CPU size="many"`, "CPU model buffer size = 1.2.3 MiB"} {
		if use, ok := ollama.ReadMemoryUse(log); ok {
			t.Errorf("%q gave %+v", log, use)
		}
	}
}

func TestReadDevices(t *testing.T) {
	devices := ollama.ReadDevices(deviceLog)
	if len(devices) != 1 || !devices[0].Graphics() || devices[0].Description != "NVIDIA GeForce RTX 5090" || devices[0].Total>>30 != 31 {
		t.Errorf("devices = %+v", devices)
	}
	devices = ollama.ReadDevices(deviceLog[:len(deviceLog)/2])
	if len(devices) > 1 || len(devices) == 1 && devices[0].Graphics() {
		t.Errorf("a processor alone is no graphics device: %+v", devices)
	}
	if devices := ollama.ReadDevices("nothing"); devices != nil {
		t.Errorf("devices = %+v", devices)
	}
}
