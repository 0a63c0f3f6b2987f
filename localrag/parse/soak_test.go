//go:build soak

package parse

import "testing"

// TestSoakMutations is TestMutations for a night.
func TestSoakMutations(t *testing.T) {
	t.Setenv("KONTOR_MUTATIONS", "20000")
	TestMutations(t)
}
