package ollama

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/ollama/ollama/api"

	"kontor/llm"
)

// embedOptions are the same for every request: other options would make the
// server load the model again.
func (c *Client) embedOptions() map[string]any {
	options := map[string]any{}
	if c.options.EmbedThreads > 0 {
		options["num_thread"] = c.options.EmbedThreads
	}
	return options
}

// Embed implements [llm.Embedder]. If ctx ends, the vectors made so far are
// returned with the error, the others are nil.
func (c *Client) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	if len(texts) == 0 {
		return vectors, nil
	}
	if err := c.local(ctx, model); err != nil {
		return vectors, err
	}
	server, err := c.connect(ctx)
	if err != nil {
		return vectors, err
	}
	tooLong := 0
	for start := 0; start < len(texts); start += c.options.EmbedBatch {
		end := min(start+c.options.EmbedBatch, len(texts))
		long, direct := c.embedDirect(ctx, server, model, texts[start:end], vectors[start:end])
		if !direct {
			long, err = c.embedBatch(ctx, server, model, texts[start:end], vectors[start:end])
		}
		if err != nil {
			return vectors, err
		}
		tooLong += long
	}
	if tooLong > 0 {
		return vectors, failed(llm.CodeInputTooLong, fmt.Sprintf("%d of %d texts", tooLong, len(texts)))
	}
	return vectors, nil
}

// embedBatch fills vectors and counts the texts that are too long. One such
// text fails the whole request, so the batch is halved until it is alone.
func (c *Client) embedBatch(ctx context.Context, server *api.Client, model string, texts []string, vectors [][]float32) (tooLong int, err error) {
	no := false
	watchedCtx, _ := watch(ctx, false)
	response, err := server.Embed(watchedCtx, &api.EmbedRequest{
		Model: model, Input: texts, Truncate: &no, KeepAlive: c.keepAlive(0), Options: c.embedOptions(),
	})
	if err != nil {
		err = classify(ctx, err, onEmbed)
		switch {
		case llm.CodeOf(err) != llm.CodeInputTooLong:
			return 0, err
		case len(texts) == 1:
			return 1, nil
		}
		half := len(texts) / 2
		first, err := c.embedBatch(ctx, server, model, texts[:half], vectors[:half])
		if err != nil {
			return first, err
		}
		second, err := c.embedBatch(ctx, server, model, texts[half:], vectors[half:])
		return first + second, err
	}
	if len(response.Embeddings) != len(texts) {
		return 0, failed(llm.CodeBadResponse, "the number of vectors is not the number of texts")
	}
	for i, vector := range response.Embeddings {
		if vectors[i], err = unit(vector); err != nil {
			return 0, &llm.Error{Code: llm.CodeBadResponse, Cause: err}
		}
		if len(vector) != len(response.Embeddings[0]) {
			return 0, failed(llm.CodeBadResponse, "vectors of different lengths")
		}
	}
	return 0, nil
}

// unit scales a vector to length one.
func unit(vector []float32) ([]float32, error) {
	var sum float64
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, errors.New("a vector has no direction")
	}
	if math.Abs(sum-1) < 1e-6 {
		return vector, nil
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range vector {
		vector[i] *= scale
	}
	return vector, nil
}
