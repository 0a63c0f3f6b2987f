package llm

import (
	"math"

	"kontor/llm/hardware"
)

// Level is the verdict on a model and a machine.
type Level string

// The verdicts.
const (
	LevelFits    Level = "fits"
	LevelSlower  Level = "slower"
	LevelNo      Level = "no"
	LevelUnknown Level = "unknown" // the machine tells too little
)

// Reason says why a verdict is what it is.
type Reason string

// Reasons. For each there is a sentence in the window's languages.
const (
	ReasonGraphics  Reason = "graphics"  // fits into the memory of the graphics card
	ReasonUnified   Reason = "unified"   // fits into the share of the memory that graphics may use
	ReasonProcessor Reason = "processor" // fits into the main memory, the processor is fast enough
	ReasonOffload   Reason = "offload"   // a part must be computed by the processor
	ReasonSlow      Reason = "slow"      // fits, but is read slowly
	ReasonMemory    Reason = "memory"    // needs more memory than there is
	ReasonCluster   Reason = "cluster"   // made for servers with many graphics cards
	ReasonTight     Reason = "tight"     // leaves little memory to other programs
	ReasonUnknown   Reason = "unknown"
)

// Host is a machine with the runtime on it.
type Host struct {
	Machine hardware.Machine
	// Graphics says that the runtime computes on the graphics processors. The
	// runtime's own log is the witness: a build without the libraries of their
	// makers leaves them idle.
	Graphics bool
	// Speeds are what was measured here.
	Speeds Speeds
}

// Speeds are measured rates in tokens per second.
type Speeds struct {
	// ByName are those of single models.
	ByName map[string]float64
	// Factor is measured ÷ estimated on this machine; 0 means nothing was
	// measured yet.
	Factor float64
}

// Fit is a verdict with what it rests on. Sizes are bytes.
type Fit struct {
	Level    Level
	Reason   Reason
	Estimate Estimate
	// Need is the whole of it, Have what models may use here.
	Need, Have int64
	// GraphicsBytes of the need lie in the memory of graphics processors.
	GraphicsBytes int64
	// Rate in tokens per second of an answer, 0 if it does not run; Measured
	// rates are this model's own.
	Rate     float64
	Measured bool
}

const (
	// comfortable is the rate below which people wait for an answer: German is
	// read silently at some 4 words a second, about 7 tokens.
	comfortable = 7
	// bearable is the rate below which a machine cannot be said to run a model.
	bearable = 0.8
	// efficiency is the part of the memory's bandwidth that generating reaches.
	efficiency = 0.65
	// perCore is what one core computes when it generates, in operations per
	// second: SmolLM2-135M at 85 tokens/s on two cores.
	perCore = 12e9
	// perToken is what a token costs beside reading weights, in seconds.
	perToken = 0.001
	// tight is the part of the memory for models above which a model leaves
	// too little to other programs on a machine that people work at.
	tight = 0.8
	// displayBytes of a graphics card belong to the system and its driver.
	displayBytes = 600 << 20
	// usualGraphics is the bandwidth taken for a card nobody knows.
	usualGraphics = 250e9
)

// reserve is the memory left to the system and the person's other programs.
func reserve(m hardware.Machine) int64 {
	total := m.Memory.Usable()
	switch {
	case m.Memory.Limit > 0: // a container holds nothing else
		return 256 << 20
	case m.System == "linux" && len(m.GPUs) == 0: // no desktop
		return 1<<30 + total/32
	case m.System == "linux":
		return 2<<30 + total/32
	}
	return 3<<30 + total/32
}

// pool is memory that models may fill.
type pool struct {
	bytes     int64
	bandwidth float64
}

// pools tells the memory of graphics processors and the main one. In a unified
// machine the first is a part of the second.
func (h Host) pools() (graphics []pool, main pool, unified bool) {
	m := h.Machine
	main = pool{max(m.Memory.Usable()-reserve(m), 0), float64(m.Bandwidth())}
	if !h.Graphics {
		return nil, main, false
	}
	unified = m.Unified()
	for _, gpu := range m.GPUs {
		bandwidth := float64(gpu.Bandwidth())
		if bandwidth == 0 {
			bandwidth = usualGraphics
		}
		switch {
		case gpu.Integrated && unified && gpu.Bandwidth() > 0:
			graphics = append(graphics, pool{min(gpu.Usable(), main.bytes), bandwidth})
		case !gpu.Integrated && gpu.Memory > 2*displayBytes && (gpu.Vendor == hardware.NVIDIA || gpu.Vendor == hardware.AMD):
			graphics = append(graphics, pool{gpu.Memory - displayBytes, bandwidth})
		}
	}
	return graphics, main, unified
}

// Room is what models may take on this machine in all, in bytes.
func (h Host) Room() int64 {
	graphics, main, unified := h.pools()
	room := main.bytes
	for _, p := range graphics {
		if !unified {
			room += p.bytes
		}
	}
	return room
}

// Fit judges one file of a model with a window of that many tokens.
func (h Host) Fit(e Entry, q Quantization, window int) Fit {
	if e.ContextLength > 0 {
		window = min(window, e.ContextLength)
	}
	graphics, main, unified := h.pools()
	f := Fit{Estimate: e.Shape.Estimate(e.weights(q), Loading{Window: window, FlashAttention: len(graphics) > 0})}
	if !e.Shape.known() {
		f.Estimate = Estimate{Weights: q.Bytes, Cache: q.Bytes / 8, Graph: q.Bytes / 8, Program: programBytes}
	}
	f.Need = f.Estimate.Total()
	f.Have = main.bytes
	var room int64
	for _, p := range graphics {
		room += p.bytes
	}
	if !unified {
		f.Have += room
	}
	switch {
	case e.Class() == ClassFrontier:
		f.Level, f.Reason = LevelNo, ReasonCluster
		return f
	case h.Machine.Memory.Usable() == 0 || q.Bytes == 0:
		f.Level, f.Reason = LevelUnknown, ReasonUnknown
		return f
	}
	h.place(&f, e, q, graphics, main, unified, room)
	if f.Level == LevelNo {
		return f
	}
	if measured := h.Speeds.ByName[e.Name]; measured > 0 {
		f.Rate, f.Measured = measured, true
	} else if h.Speeds.Factor > 0 {
		f.Rate *= h.Speeds.Factor
	}
	switch {
	case e.Role != RoleChat:
		f.Rate = 0 // nobody waits for an answer
		if h.slowEmbedder(e, f) {
			f.Level, f.Reason = LevelSlower, ReasonSlow
		}
	case f.Rate < bearable:
		f.Level, f.Reason = LevelNo, ReasonSlow
	case f.Level == LevelFits && f.Rate < comfortable:
		f.Level, f.Reason = LevelSlower, ReasonSlow
	}
	return f
}

// place finds out where the parts lie and estimates the rate.
func (h Host) place(f *Fit, e Entry, q Quantization, graphics []pool, main pool, unified bool, room int64) {
	// The copy of the vocabulary that serves as input stays in main memory.
	onCard := q.Bytes + f.Estimate.Cache + f.Estimate.Graph*int64(max(len(graphics), 1))
	beside := f.Need - q.Bytes - f.Estimate.Cache - f.Estimate.Graph
	share := 1.0 // computed by graphics
	switch {
	case room > 0 && onCard <= room && (beside <= main.bytes || !unified) && (!unified || f.Need <= main.bytes):
		f.Level, f.Reason, f.GraphicsBytes = LevelFits, ReasonGraphics, onCard
		if unified {
			f.Reason = ReasonUnified
		}
	case room > 0 && f.Need <= f.Have:
		f.Level, f.Reason, f.GraphicsBytes = LevelSlower, ReasonOffload, min(room, onCard)
		share = float64(room) / float64(onCard)
	case room == 0 && f.Need <= main.bytes:
		f.Level, f.Reason, share = LevelFits, ReasonProcessor, 0
	default:
		f.Level, f.Reason = LevelNo, ReasonMemory
		return
	}
	inMain := f.Need
	if !unified {
		inMain -= f.GraphicsBytes
	}
	if f.Level == LevelFits && h.Machine.Memory.Limit == 0 && float64(inMain) > tight*float64(main.bytes) {
		f.Level, f.Reason = LevelSlower, ReasonTight
	}
	f.Rate = h.rate(e, q, f.Estimate.Cache, graphics, main, share)
}

// rate estimates the tokens per second of an answer: each reads the weights it
// uses and half of a full cache from memory once.
func (h Host) rate(e Entry, q Quantization, cache int64, graphics []pool, main pool, share float64) float64 {
	active := 1.0
	if e.Active > 0 && e.Parameters > e.Active {
		active = float64(e.Active) / float64(e.Parameters)
	}
	bytes := float64(q.Bytes)*active + float64(cache)/2
	bandwidth := 0.0
	for _, p := range graphics {
		bandwidth = max(bandwidth, p.bandwidth) // layers are computed one card after the other
	}
	seconds := float64(perToken)
	if share > 0 && bandwidth > 0 {
		seconds += share * bytes / (bandwidth * efficiency)
	}
	if share < 1 {
		operations := 2 * float64(e.Parameters) * active
		onProcessor := max(bytes/(main.bandwidth*efficiency), operations/(perCore*float64(max(h.Machine.CPU.Cores, 1))))
		seconds += (1 - share) * onProcessor
	}
	return 1 / seconds
}

// Best judges the files of a model in the catalogue's order and returns the
// first that fits well, else the first that runs, else the recommended one.
func (h Host) Best(e Entry, window int) (Quantization, Fit) {
	var chosen Quantization
	var verdict Fit
	for _, q := range e.Quantizations {
		f := h.Fit(e, q, window)
		runs := f.Level == LevelFits || f.Level == LevelSlower
		if verdict.Level == "" || runs && verdict.Level != LevelSlower || f.Level == LevelFits {
			chosen, verdict = q, f
		}
		if f.Level == LevelFits {
			break
		}
	}
	return chosen, verdict
}

// Predict is the estimated rate without anything measured, for comparing what
// was measured with it; 0 if the model does not run here.
func (h Host) Predict(e Entry, window int) float64 {
	if len(e.Quantizations) == 0 {
		return 0
	}
	h.Speeds = Speeds{}
	return h.Fit(e, e.Quantizations[0], window).Rate
}

// MeasuredRate sets side by side what was predicted and what was measured, in
// tokens per second.
type MeasuredRate struct{ Predicted, Measured float64 }

// Correction is the mean of measured ÷ predicted rates, between a quarter and
// four: beyond that something else went wrong. 0 means there are none.
func Correction(rates []MeasuredRate) float64 {
	sum, n := 0.0, 0
	for _, r := range rates {
		if r.Predicted > 0 && r.Measured > 0 {
			sum += math.Log(r.Measured / r.Predicted)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return min(max(math.Exp(sum/float64(n)), 0.25), 4)
}

// Proposal is the model for a use and the verdict on it.
type Proposal struct {
	Use          Use
	Entry        Entry
	Quantization Quantization
	Fit          Fit
}

// embeddingShare is the part of the memory that a model for embedding may
// take: it stays loaded beside the chat model.
const embeddingShare = 8

// Propose chooses one model for each use: the best that fits well; where none
// does, the best that is not too slow. Models whose licence forbids companies
// to use them, and those that no known runtime loads, are never proposed.
func (h Host) Propose(c Catalog, window int) []Proposal {
	var proposals []Proposal
	for _, use := range []Use{UseChat, UseCoding, UseEmbedding} {
		if best, ok := h.best(c, use, window); ok {
			proposals = append(proposals, best)
		}
	}
	return proposals
}

func (h Host) best(c Catalog, use Use, window int) (Proposal, bool) {
	var best Proposal
	found := false
	for _, e := range c.Entries {
		score := e.Uses[use]
		if score == 0 || e.NonCommercial || e.Trial || e.MinimumRuntime == "" || len(e.Quantizations) == 0 {
			continue
		}
		q, f := h.Best(e, window)
		if f.Level != LevelFits && (f.Level != LevelSlower || f.Rate < comfortable/2) {
			continue
		}
		if use == UseEmbedding && (f.Level != LevelFits || f.Need > f.Have/embeddingShare) {
			continue
		}
		if !found || better(f, score, best.Fit, best.Entry.Uses[use]) {
			best, found = Proposal{use, e, q, f}, true
		}
	}
	return best, found
}

// better prefers what fits well, then the higher score, then the smaller need.
func better(f Fit, score int, than Fit, thanScore int) bool {
	if (f.Level == LevelFits) != (than.Level == LevelFits) {
		return f.Level == LevelFits
	}
	if score != thanScore {
		return score > thanScore
	}
	return f.Need < than.Need
}

// slowEmbedder reports whether indexing would take too long: on a processor
// alone a model reads some 45 billion operations per core and second, and less
// than 300 tokens a second makes people wait for hours.
func (h Host) slowEmbedder(e Entry, f Fit) bool {
	if f.GraphicsBytes > 0 {
		return false
	}
	matrix := int64(e.Shape.Vocabulary) * int64(e.Shape.Embedding) // looked up, not computed
	operations := 2 * float64(max(e.Parameters-matrix, 1))
	return 45e9*float64(max(h.Machine.CPU.Cores, 1))/operations < 300
}
