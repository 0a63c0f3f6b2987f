//go:build !linux

package instance

const strangerEnvironment = "KONTOR_TEST_STRANGER_AT"

func intrude(string) int { return 0 }
