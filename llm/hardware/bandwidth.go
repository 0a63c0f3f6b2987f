package hardware

import (
	"regexp"
	"strings"
)

// rate is a memory bandwidth by the makers' published specifications.
type rate struct {
	// part of the processor's name, lower case.
	part string
	// gigabytes (10⁹) per second.
	gigabytes int64
}

// gpuRates: the first that fits counts, so longer names stand before shorter.
// "laptop" marks NVIDIA's mobile cards, which carry the same numbers as faster
// ones for desks.
var gpuRates = []rate{
	{"rtx pro 6000 blackwell", 1792}, {"rtx 6000 ada", 960}, {"rtx a6000", 768}, {"rtx a5000", 768}, {"rtx a4000", 448}, {"rtx a2000", 288},
	{"h200", 4800}, {"h100", 3350}, {"a100", 1935}, {"l40s", 864}, {"l40", 864}, {"nvidia l4", 300}, {"tesla t4", 320}, {"gb10", 273},
	{"rtx 5090 laptop", 896}, {"rtx 5080 laptop", 896}, {"rtx 5070 ti laptop", 672}, {"rtx 5070 laptop", 384}, {"rtx 5060 laptop", 384},
	{"rtx 4090 laptop", 576}, {"rtx 4080 laptop", 432}, {"rtx 4070 laptop", 256}, {"rtx 4060 laptop", 256}, {"rtx 4050 laptop", 192},
	{"rtx 3080 laptop", 448}, {"rtx 3070 laptop", 448}, {"rtx 3060 laptop", 336}, {"rtx 3050 laptop", 192},
	{"rtx 5090", 1792}, {"rtx 5080", 960}, {"rtx 5070 ti", 896}, {"rtx 5070", 672}, {"rtx 5060 ti", 448}, {"rtx 5060", 448},
	{"rtx 4090", 1008}, {"rtx 4080 super", 736}, {"rtx 4080", 717}, {"rtx 4070 ti super", 672}, {"rtx 4070", 504}, {"rtx 4060 ti", 288}, {"rtx 4060", 272},
	{"rtx 3090 ti", 1008}, {"rtx 3090", 936}, {"rtx 3080 ti", 912}, {"rtx 3080", 760}, {"rtx 3070 ti", 608}, {"rtx 3070", 448}, {"rtx 3060 ti", 448},
	{"rtx 3060", 360}, {"rtx 3050", 224}, {"rtx 2080", 448}, {"rtx 2070", 448}, {"rtx 2060", 336}, {"gtx 1660", 192},
	{"rx 9070", 640}, {"rx 9060", 320}, {"rx 7900 xtx", 960}, {"rx 7900", 800}, {"rx 7800", 624}, {"rx 7700", 432}, {"rx 7600", 288}, {"rx 6800", 512},
	{"8060s", 256}, {"8050s", 256}, {"strix halo", 256}, {"890m", 120}, {"880m", 120}, {"780m", 90},
	{"arc a770", 560}, {"arc(tm) a770", 560}, {"arc b580", 456}, {"arc(tm) b580", 456},
}

// appleRates are those of the chip's memory. Where one chip is sold with
// several, the slowest stands here and the fullest graphics get the fastest.
var appleRates = []struct {
	rate
	cores   int   // from so many graphics cores on
	fullest int64 // the bandwidth is this
}{
	{rate{"m1 ultra", 800}, 0, 0}, {rate{"m1 max", 400}, 0, 0}, {rate{"m1 pro", 200}, 0, 0}, {rate{"m1", 68}, 0, 0},
	{rate{"m2 ultra", 800}, 0, 0}, {rate{"m2 max", 400}, 0, 0}, {rate{"m2 pro", 200}, 0, 0}, {rate{"m2", 100}, 0, 0},
	{rate{"m3 ultra", 819}, 0, 0}, {rate{"m3 max", 300}, 40, 400}, {rate{"m3 pro", 150}, 0, 0}, {rate{"m3", 100}, 0, 0},
	{rate{"m4 max", 410}, 40, 546}, {rate{"m4 pro", 273}, 0, 0}, {rate{"m4", 120}, 0, 0},
	{rate{"m5 max", 460}, 40, 614}, {rate{"m5 pro", 307}, 0, 0}, {rate{"m5", 153}, 0, 0},
}

// Bandwidth is how many bytes the graphics processor can read from its memory
// per second by its maker's figure; 0 if this package does not know it.
func (g GPU) Bandwidth() int64 {
	name := strings.ToLower(g.Name)
	if g.Vendor == Apple {
		for _, r := range appleRates {
			if strings.HasPrefix(strings.TrimPrefix(name, "apple "), r.part) {
				if r.cores > 0 && g.Cores >= r.cores {
					return r.fullest * 1e9
				}
				return r.gigabytes * 1e9
			}
		}
		return 0
	}
	for _, r := range gpuRates {
		if strings.Contains(name, r.part) {
			return r.gigabytes * 1e9
		}
	}
	return 0
}

// serverProcessor recognises processors with more than two memory channels.
var serverProcessor = regexp.MustCompile(`(?i)xeon|epyc|threadripper`)

// Bandwidth of the main memory in bytes per second. Few systems tell how many
// modules run at which speed, so this is the maker's figure where memory and
// processor are one part, and otherwise a cautious guess that measuring
// corrects: 12 GB/s for each core up to 45 GB/s, of which two channels of DDR4
// reach at least so much, up to 120 GB/s on servers.
func (m Machine) Bandwidth() int64 {
	for _, gpu := range m.GPUs {
		if known := gpu.Bandwidth(); gpu.Integrated && known > 0 {
			return known
		}
	}
	most := int64(45)
	if serverProcessor.MatchString(m.CPU.Model) {
		most = 120
	}
	return min(most, 12*int64(max(m.CPU.Cores, 1))) * 1e9
}
