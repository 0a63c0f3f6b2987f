package main

import (
	"math"
	"slices"
	"time"
)

// median of the values, NaN if there are none.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile interpolates between the two nearest values; NaN if there are none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// pairwise applies f to the values of the same index; what is longer is cut.
func pairwise(a, b []float64, f func(a, b float64) float64) []float64 {
	values := make([]float64, min(len(a), len(b)))
	for i := range values {
		values[i] = f(a[i], b[i])
	}
	return values
}

func minus(a, b float64) float64 { return a - b }
func over(a, b float64) float64  { return a / b }

// rate is how many of n things come in a second, without the first one: the
// clock starts when it is there.
func rate(n int, d time.Duration) float64 {
	if n < 2 || d <= 0 {
		return math.NaN()
	}
	return float64(n-1) / d.Seconds()
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
