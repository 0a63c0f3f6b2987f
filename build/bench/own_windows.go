package main

import "time"

// ownTime is not measured here.
func ownTime() time.Duration { return 0 }
