package llmtest

import "kontor/llm"

// NamedShape is the shape of a real model.
type NamedShape struct {
	// Name says whose shape it is and, if so, what was cut.
	Name  string
	Shape llm.Shape
	// Context is the model's longest window in tokens.
	Context int
}

// SmallShapes are the shapes of real models with fewer layers and experts, each
// a file of 40 MB to 1.2 GB in four bits: dense models with few and with many
// cached heads, sliding windows, experts, latent and linear attention.
func SmallShapes() []NamedShape {
	return []NamedShape{
		{"SmolLM2-135M, 6 layers", llm.Shape{Architecture: "llama", Layers: 6, Embedding: 576, FeedForward: 1536, Vocabulary: 49152, Heads: 9, KVHeads: 3, KeyLength: 64, ValueLength: 64}, 8192},
		{"a dense model that caches every head, 6 layers", llm.Shape{Architecture: "llama", Layers: 6, Embedding: 1024, FeedForward: 2816, Vocabulary: 32000, Heads: 16, KVHeads: 16, KeyLength: 64, ValueLength: 64}, 16384},
		{"Qwen2.5-0.5B, 6 layers", llm.Shape{Architecture: "qwen2", Layers: 6, Embedding: 896, FeedForward: 4864, Vocabulary: 151936, Heads: 14, KVHeads: 2, KeyLength: 64, ValueLength: 64}, 32768},
		{"Qwen3-0.6B, 6 layers", llm.Shape{Architecture: "qwen3", Layers: 6, Embedding: 1024, FeedForward: 3072, Vocabulary: 151936, Heads: 16, KVHeads: 8, KeyLength: 128, ValueLength: 128}, 40960},
		{"Gemma 3 1B, 6 layers", llm.Shape{Architecture: "gemma3", Layers: 6, Embedding: 1152, FeedForward: 6912, Vocabulary: 262144, Heads: 4, KVHeads: 1, KeyLength: 256, ValueLength: 256, SlidingWindow: 512, GlobalEvery: 6, Tied: true}, 32768},
		{"Ministral 3 3B, 2 layers", llm.Shape{Architecture: "mistral3", Layers: 2, Embedding: 3072, FeedForward: 9216, Vocabulary: 131072, Heads: 32, KVHeads: 8, KeyLength: 128, ValueLength: 128}, 32768},
		{"Qwen3-30B-A3B, 2 layers, 16 experts", llm.Shape{Architecture: "qwen3moe", Layers: 2, Embedding: 2048, Vocabulary: 151936, Heads: 32, KVHeads: 4, KeyLength: 128, ValueLength: 128, Experts: 16, ExpertsUsed: 8, ExpertFeedForward: 768}, 32768},
		{"gpt-oss-20b, 2 layers, 8 experts", llm.Shape{Architecture: "gptoss", Layers: 2, Embedding: 2880, Vocabulary: 201088, Heads: 64, KVHeads: 8, KeyLength: 64, ValueLength: 64, SlidingWindow: 128, GlobalEvery: 2, Experts: 8, ExpertsUsed: 4, ExpertFeedForward: 2880}, 32768},
		{"GLM-4.7-Flash, 2 layers, 8 experts", llm.Shape{Architecture: "glm4moelite", Layers: 2, Embedding: 2048, Vocabulary: 154880, Heads: 20, KVHeads: 1, KeyLength: 256, ValueLength: 256, LatentLength: 576, LatentRope: 64, Experts: 8, ExpertsUsed: 4, ExpertFeedForward: 1536}, 32768},
		{"Qwen3.5-0.8B, 8 layers", llm.Shape{Architecture: "qwen35", Layers: 8, Embedding: 1024, FeedForward: 3584, Vocabulary: 248320, Heads: 8, KVHeads: 2, KeyLength: 256, ValueLength: 256, FullEvery: 4, Linear: &llm.Linear{Kernel: 4, Groups: 16, Inner: 2048, State: 128, Heads: 16}, Tied: true}, 32768},
	}
}

// LargeShapes are the shapes of real models in full, or with as many layers
// and experts as make files of up to 6 GB in four bits.
func LargeShapes() []NamedShape {
	return []NamedShape{
		{"SmolLM2-135M", llm.Shape{Architecture: "llama", Layers: 30, Embedding: 576, FeedForward: 1536, Vocabulary: 49152, Heads: 9, KVHeads: 3, KeyLength: 64, ValueLength: 64}, 8192},
		{"Qwen2.5-0.5B", llm.Shape{Architecture: "qwen2", Layers: 24, Embedding: 896, FeedForward: 4864, Vocabulary: 151936, Heads: 14, KVHeads: 2, KeyLength: 64, ValueLength: 64}, 32768},
		{"Llama 3.1 8B", llm.Shape{Architecture: "llama", Layers: 32, Embedding: 4096, FeedForward: 14336, Vocabulary: 128256, Heads: 32, KVHeads: 8, KeyLength: 128, ValueLength: 128}, 131072},
		{"Qwen3-0.6B", llm.Shape{Architecture: "qwen3", Layers: 28, Embedding: 1024, FeedForward: 3072, Vocabulary: 151936, Heads: 16, KVHeads: 8, KeyLength: 128, ValueLength: 128}, 40960},
		{"Qwen3-8B", llm.Shape{Architecture: "qwen3", Layers: 36, Embedding: 4096, FeedForward: 12288, Vocabulary: 151936, Heads: 32, KVHeads: 8, KeyLength: 128, ValueLength: 128}, 40960},
		{"Gemma 3 1B", llm.Shape{Architecture: "gemma3", Layers: 26, Embedding: 1152, FeedForward: 6912, Vocabulary: 262144, Heads: 4, KVHeads: 1, KeyLength: 256, ValueLength: 256, SlidingWindow: 512, GlobalEvery: 6, Tied: true}, 32768},
		{"Gemma 3 4B", llm.Shape{Architecture: "gemma3", Layers: 34, Embedding: 2560, FeedForward: 10240, Vocabulary: 262144, Heads: 8, KVHeads: 4, KeyLength: 256, ValueLength: 256, SlidingWindow: 1024, GlobalEvery: 6, Tied: true}, 131072},
		{"Ministral 3 3B", llm.Shape{Architecture: "mistral3", Layers: 26, Embedding: 3072, FeedForward: 9216, Vocabulary: 131072, Heads: 32, KVHeads: 8, KeyLength: 128, ValueLength: 128}, 262144},
		{"Qwen3-30B-A3B, 12 layers", llm.Shape{Architecture: "qwen3moe", Layers: 12, Embedding: 2048, Vocabulary: 151936, Heads: 32, KVHeads: 4, KeyLength: 128, ValueLength: 128, Experts: 128, ExpertsUsed: 8, ExpertFeedForward: 768}, 262144},
		{"gpt-oss-20b, 8 layers", llm.Shape{Architecture: "gptoss", Layers: 8, Embedding: 2880, Vocabulary: 201088, Heads: 64, KVHeads: 8, KeyLength: 64, ValueLength: 64, SlidingWindow: 128, GlobalEvery: 2, Experts: 32, ExpertsUsed: 4, ExpertFeedForward: 2880}, 131072},
		{"GLM-4.7-Flash, 12 layers", llm.Shape{Architecture: "glm4moelite", Layers: 12, Embedding: 2048, Vocabulary: 154880, Heads: 20, KVHeads: 1, KeyLength: 256, ValueLength: 256, LatentLength: 576, LatentRope: 64, Experts: 64, ExpertsUsed: 4, ExpertFeedForward: 1536}, 202752},
		{"Qwen3.5-4B", llm.Shape{Architecture: "qwen35", Layers: 32, Embedding: 2560, FeedForward: 9216, Vocabulary: 248320, Heads: 16, KVHeads: 4, KeyLength: 256, ValueLength: 256, FullEvery: 4, Linear: &llm.Linear{Kernel: 4, Groups: 16, Inner: 4096, State: 128, Heads: 32}, Tied: true}, 262144},
	}
}
